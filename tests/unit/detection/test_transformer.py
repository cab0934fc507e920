"""Names by an exported transformer: a tiny one, made here, that knows a few words by heart."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from guardrail_gw.core.text import Segment, SegmentKind
from guardrail_gw.detection.detectable import detectable
from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.pool import DetectorPool
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.detection.transformer import TransformerNames
from guardrail_gw.errors import ConfigError
from guardrail_gw.observability.clock import SystemClock

LABELS = ("O", "B-PER", "I-PER", "B-LOC")
SAYS = {"Anna": "B-PER", "Sch": "I-PER", "##midt": "I-PER", "Berlin": "B-LOC", "Eva": "B-PER"}
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
SURE = 5.0
"""The logit of what a token says; the others are 0."""


def exported(
    folder: Path,
    says: Mapping[str, str | Mapping[str, float]] = SAYS,
    *,
    types: bool = True,
) -> Path:
    """A folder as `optimum` writes it: the model looks up one row of logits per token."""
    words = [*SPECIAL, *says]
    numbered = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordPiece(numbered, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    rows = np.zeros((len(words), len(LABELS)), dtype=np.float32)
    for word, number in numbered.items():
        said = says.get(word, "O")
        for label, logit in ({said: SURE} if isinstance(said, str) else said).items():
            rows[number, LABELS.index(label)] = logit
    names = ["input_ids", "attention_mask", *(["token_type_ids"] if types else [])]
    graph = helper.make_graph(
        [helper.make_node("Gather", ["rows", "input_ids"], ["logits"])],
        "tiny",
        [helper.make_tensor_value_info(n, TensorProto.INT64, [1, None]) for n in names],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, None, len(LABELS)])],
        [numpy_helper.from_array(rows, "rows")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(folder / "model.onnx"))
    told = {str(n): label for n, label in enumerate(LABELS)}
    config = {"id2label": told, "max_position_embeddings": 514}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def found(names: TransformerNames, text: str) -> list[tuple[str, str]]:
    """What is found in one text."""
    (findings,) = names.find([text])
    return [(text[f.start : f.end], f.entity) for f in findings]


@pytest.mark.parametrize("types", [True, False], ids=["BERT", "RoBERTa"])
def test_words_of_one_name_are_one_finding(tmp_path: Path, *, types: bool) -> None:
    """Tokens are joined to words and words to names, and labels get their Presidio names."""
    names = TransformerNames(exported(tmp_path, types=types))

    assert names.entities == {"PERSON", "LOCATION"}
    assert found(names, "ask Anna Schmidt, Berlin!") == [
        ("Anna Schmidt", "PERSON"),
        ("Berlin", "LOCATION"),
    ]
    assert found(names, "nobody is here") == []


def test_a_name_that_begins_is_a_name_of_its_own(tmp_path: Path) -> None:
    """Two people side by side are two, and offsets hold behind astral characters."""
    names = TransformerNames(exported(tmp_path))

    assert found(names, "\U0001f600 Anna Eva") == [("Anna", "PERSON"), ("Eva", "PERSON")]


def test_a_word_is_found_whole_when_only_its_end_is_known(tmp_path: Path) -> None:
    """One token of a word that is a name makes the word one: no letter of it stays behind."""
    names = TransformerNames(exported(tmp_path, {"Sch": "O", "##midt": "I-PER"}))

    assert found(names, "a Schmidt b") == [("Schmidt", "PERSON")]


def test_a_score_is_the_probability_of_the_kind(tmp_path: Path) -> None:
    """The labels of one kind count together; of a name's words the surest counts."""
    (findings,) = TransformerNames(exported(tmp_path)).find(["Anna Schmidt"])

    other = np.exp(SURE) + len(LABELS) - 1
    assert findings[0].score == pytest.approx((np.exp(SURE) + 1) / other)


def test_a_model_that_wavers_between_labels_of_a_kind_finds_it(tmp_path: Path) -> None:
    """No label of a person is the likeliest, but a person is."""
    wavering = {"Anna": {"O": 1.0, "B-PER": 0.9, "I-PER": 0.9}}

    (findings,) = TransformerNames(exported(tmp_path, wavering)).find(["Anna"])

    powers = np.exp([1.0, 0.9, 0.9, 0.0])
    assert findings[0].score == pytest.approx(powers[1:3].sum() / powers.sum())


def test_a_doubtful_neighbour_does_not_lower_a_name(tmp_path: Path) -> None:
    """What is joined to a sure name is covered with it."""
    says = {"Anna": {"B-PER": 5.0}, "maybe": {"I-PER": 0.2}}

    (findings,) = TransformerNames(exported(tmp_path, says)).find(["Anna maybe"])

    assert (findings[0].start, findings[0].end) == (0, 10)
    assert findings[0].score > 0.9


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_a_model_that_does_not_compute_stops_the_start(tmp_path: Path, broken: float) -> None:
    """No number is no answer: it must not read as nothing found."""
    says = {"Anna": {"O": broken}}

    with pytest.raises(ConfigError, match="does not compute"):
        TransformerNames(exported(tmp_path, says))


def test_a_long_text_is_read_whole(tmp_path: Path) -> None:
    """Names beyond the model's positions, and beyond a piece, are found where they stand."""
    text = "nothing " * 3_000 + "Anna Schmidt" + " nothing" * 400

    assert set(found(TransformerNames(exported(tmp_path)), text)) == {("Anna Schmidt", "PERSON")}


def test_it_takes_part_in_the_engine(tmp_path: Path) -> None:
    """By configuration it is the model, and what it finds is told without starting it."""
    settings = DetectionSettings(model=exported(tmp_path))

    engine = load_engine(settings).engine
    findings = engine.scan([("Anna Schmidt, anna@example.com", SegmentKind.PROSE)])[0]

    assert [f.entity for f in findings] == ["PERSON", "EMAIL_ADDRESS"]
    assert detectable(settings) == engine.entities


@pytest.mark.e2e
async def test_it_survives_the_fork_of_detectors(tmp_path: Path) -> None:
    """Two detectors, forked from the process that loaded it, both answer."""
    pool = DetectorPool(DetectionSettings(model=exported(tmp_path), detectors=2), SystemClock())
    await pool.start()

    asked = [pool.detect([Segment(text=f"Anna Schmidt {n}", place="")]) for n in range(20)]
    answers = await asyncio.gather(*asked)
    await pool.close()

    assert {tuple(f.entity for f in each) for (each,) in answers} == {("PERSON",)}


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("tokenizer.json", "has no tokenizer.json"),
        ("model.onnx", "has no model.onnx"),
        ("config.json", "no id2label"),
    ],
)
def test_a_folder_that_lacks_something_stops_the_start(
    tmp_path: Path, broken: str, told: str
) -> None:
    """The error names the file and what writes it."""
    (exported(tmp_path) / broken).unlink()

    with pytest.raises(ConfigError, match=told):
        TransformerNames(tmp_path)


def test_a_file_that_is_none_stops_the_start(tmp_path: Path) -> None:
    """A model that cannot be read is an error of the configuration, without its content."""
    (exported(tmp_path) / "model.onnx").write_bytes(b"not a model, Anna")

    with pytest.raises(ConfigError, match="cannot be loaded") as refused:
        TransformerNames(tmp_path)

    assert "Anna" not in str(refused.value)
