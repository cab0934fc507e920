"""Named-entity recognition with the shipped pipeline."""

import gzip
import json
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import spacy
from hypothesis import given, settings, strategies as st
from spacy.language import Language

from guardrail_gw.core.shipped import shipped
from guardrail_gw.detection.labels import trimmed
from guardrail_gw.detection.merge import DOUBTFUL, DOUBTFUL_SCORE, NER
from guardrail_gw.detection.ner import SCORES, SpacyNames
from guardrail_gw.errors import ConfigError

MODEL = shipped("models/guardrail_xx_ner")
TRAINING = Path(__file__).parents[4] / "shared" / "data" / "pii" / "train"
PARTS = (
    *("Anna ", "Schmidt", " Müller ", "maria lopez ", "JOHN SMITH", "Dr. van der Berg ", "Praha "),
    *("born on 12 March 1980 ", "Berlin, ", "Acme GmbH ", "Rue de Rivoli 12, 75001 Paris\n"),
    *("My name is ", "lives in ", "and ", "the ", ": ", ", ", ".", "\n\n", "  ", "\t", " ", ""),
    *('{"name": "', '"}', "<b>", "a@b.io ", "+49 30 901820 ", "😀", "Δρ Παπάς ", "x" * 90, "'s "),
)


@pytest.fixture(scope="module")
def names() -> SpacyNames:
    """The shipped pipeline."""
    return SpacyNames(MODEL)


def test_names_and_places_are_found(names: SpacyNames) -> None:
    """A name and a place are found, each by its Presidio name."""
    text = "My name is Anna Schmidt and I live in Berlin."

    (found,) = names.find([text])

    assert {(text[f.start : f.end], f.entity) for f in found} == {
        ("Anna Schmidt", "PERSON"),
        ("Berlin", "LOCATION"),
    }


def test_the_shipped_model_says_which_languages_it_reads(names: SpacyNames) -> None:
    """The 24 official languages of the European Union, each with templates of its own."""
    templates = Path(__file__).parents[3] / "models" / "recipe" / "templates"

    assert sorted(names.languages or ()) == sorted(p.stem for p in templates.glob("??.txt"))
    assert len(names.languages or ()) == 24


def test_a_long_text_is_read_whole(names: SpacyNames) -> None:
    """Names behind the first piece are found, at their place in the whole text."""
    text = "The weather was fine that day. " * 400 + "My name is Anna Schmidt."

    (found,) = names.find([text])

    assert "Anna Schmidt" in {text[f.start : f.end] for f in found}


def test_the_vocabulary_does_not_grow() -> None:
    """Words are forgotten once a bounded number of code points was read behind them."""
    names = SpacyNames(MODEL)
    before = len(names._nlp.vocab.strings)  # noqa: SLF001 - the growth is inside spaCy
    sizes = []

    for turn in range(12):
        names.find([" ".join(f"heard{turn}x{i}:)" for i in range(5_000))])  # for spaCy to cut
        sizes.append(len(names._nlp.vocab.strings) - before)  # noqa: SLF001 - ditto

    assert max(sizes) < 4 * sizes[0]
    assert min(sizes[3:]) < 2 * sizes[0]


def test_words_without_exceptions_leave_nothing_in_the_vocabulary(names: SpacyNames) -> None:
    """Numbers and addresses that nobody wrote before are not even looked up there."""
    before = len(names._nlp.vocab.strings)  # noqa: SLF001 - the growth is inside spaCy

    names.find(["Write to anna.schmidt471147@example.com, +49 30 9018471, or (case-815471)."])

    assert len(names._nlp.vocab.strings) == before  # noqa: SLF001 - ditto


@given(parts=st.lists(st.sampled_from(PARTS), min_size=1, max_size=60).map(tuple))
@settings(max_examples=25)
def test_our_computation_is_spacys(parts: tuple[str, ...]) -> None:
    """For texts of any shape the entities are those of spaCy's own tok2vec and parser."""
    names, nlp = _both()
    texts = ["".join(parts), "".join(parts[::-1]), parts[0]]

    ours = [sure for sure, _ in names._spans(texts)]  # noqa: SLF001 - before they are trimmed

    assert ours == [_spacy(nlp, text) for text in texts]


def test_our_computation_is_spacys_on_training_texts() -> None:
    """On texts of several languages and kinds there is no difference either."""
    samples = _training_samples()
    names, nlp = _both()

    ours = [names._spans([text])[0][0] for text in samples]  # noqa: SLF001 - ditto

    assert ours == [_spacy(nlp, text) for text in samples]


@pytest.mark.parametrize("offset", range(-24, 25, 3))
def test_a_name_at_a_border_is_found_whole(names: SpacyNames, offset: int) -> None:
    """Wherever the end of a piece falls, a name there has its findings, uncut."""
    sentence = "my name is Anna Schmidt and I live here "
    filler = "the weather was fine that day and so on "  # a word's end is the best border there is
    at = 4_000 - len(sentence) // 2 + offset
    text = (filler * 100)[: at - 1] + " " + sentence + filler * 60

    (found,) = names.find([text])

    persons = {text[f.start : f.end] for f in found if f.entity == "PERSON" and f.start >= at}
    assert persons == {"Anna Schmidt"}


def test_another_architecture_is_computed_by_spacy(tmp_path: Path) -> None:
    """A pipeline that is built otherwise still finds names, and says who computes it."""
    nlp = spacy.load(MODEL)
    ruler: Any = nlp.add_pipe("entity_ruler", before="ner")
    ruler.add_patterns([{"label": "PERSON", "pattern": "Zaphod"}])
    nlp.to_disk(tmp_path)

    names = SpacyNames(tmp_path)

    assert names.note is not None
    assert "components" in names.note
    assert [f.entity for f in names.find(["for Zaphod"])[0]] == ["PERSON"]


@cache
def _both() -> tuple[SpacyNames, Language]:
    """Our computation, and a pipeline of spaCy's own."""
    names = SpacyNames(MODEL, stern={})
    assert names.note is None
    return names, spacy.load(MODEL, exclude=["lemmatizer"])


def _spacy(nlp: Language, text: str) -> list[tuple[int, int, str]]:
    return [(e.start_char, e.end_char, e.label_) for e in nlp(text).ents]


def _training_samples() -> list[str]:
    if not TRAINING.is_dir():
        pytest.skip("the shared training texts are not on this machine")
    samples: list[str] = []
    for path in sorted(TRAINING.glob("**/*.jsonl*")):
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt") as lines:
            rows = (json.loads(line) for line in islice(lines, 15))
            samples += [row["text"][:3_000] for row in rows if "text" in row]
    return samples


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("Anna's", "Anna"),
        ("Anna\u2019s", "Anna"),
        ('"Anna",', "Anna"),
        (" Anna. ", "Anna"),
        ("(Anna)", "Anna"),
        ("...", ""),
    ],
)
def test_spans_are_trimmed(text: str, span: str) -> None:
    """Quotes, punctuation and a possessive ending are no part of a name."""
    start, end = trimmed(text, 0, len(text))

    assert text[start:end] == span


def test_a_folder_without_a_pipeline_is_refused(tmp_path: Path) -> None:
    """Anything but a spaCy pipeline with a recognizer of names stops the start."""
    with pytest.raises(ConfigError):
        SpacyNames(tmp_path)


def test_what_is_found_by_leaning_only_is_doubtful(names: SpacyNames) -> None:
    """It comes apart from what is sure, with the one low score."""
    texts = ["read about victoria", "my name is Anna Schmidt", "nothing of the kind"]

    findings = [found for some in names.find(texts) for found in some]

    assert [(found.recognizer, found.score) for found in findings] == [
        (DOUBTFUL, DOUBTFUL_SCORE),
        (NER, SCORES["PERSON"]),
    ]
