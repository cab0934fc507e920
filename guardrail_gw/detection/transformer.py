"""Names by a transformer for token classification, as `optimum` exports it to ONNX.

A folder with `config.json`, `tokenizer.json` and `model.onnx`. Neither PyTorch nor the
transformers library runs here: they weigh gigabytes and start threads, which a forked detector
does not survive. One thread computes; a detector more is the way to more.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.labels import entity_of, trimmed
from guardrail_gw.detection.merge import NER
from guardrail_gw.detection.pieces import pieces
from guardrail_gw.errors import ConfigError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

CONFIG: Final = "config.json"
_TOKENIZER, _MODEL = "tokenizer.json", "model.onnx"
_OUTSIDE: Final = "O"
_LIMIT, _OVERLAP = 4_000, 400
"""Code points of a piece, and those that two share."""
_MAX_TOKENS: Final = 512
_STRIDE: Final = 64
"""Tokens that two windows of a piece share: more than a name has."""


class TransformerNames:
    """A loaded model.

    Raises:
        ConfigError: the folder holds no such model, or the extra `transformers` is missing.
    """

    note: str | None = None
    languages: frozenset[str] | None = None
    """Such a folder does not say which languages the model was trained on."""

    def __init__(self, folder: Path) -> None:
        self._labels = labels(folder)
        self.entities = entities(folder)
        self._tokenizer, self._session = _loaded(folder)
        self._wanted = {wanted.name for wanted in self._session.get_inputs()}
        self.digest = _digest(folder)
        self._kinds = _kinds(self._labels)
        try:
            self._read("Anna")
        except Exception as error:
            raise ConfigError(f"{folder.name} does not compute: {error}") from error

    def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """The findings of each text; long ones are read in overlapping pieces."""
        return [
            [
                finding
                for piece in pieces(text, limit=_LIMIT, overlap=_OVERLAP)
                for finding in piece.placed(self._read(text[piece.start : piece.end]))
            ]
            for text in texts
        ]

    def _read(self, text: str) -> list[Finding]:
        encoded = self._tokenizer.encode(text)
        windows = (encoded, *encoded.overflowing)
        return [finding for window in windows for finding in self._window(text, window)]

    def _window(self, text: str, window: "Encoding") -> Iterator[Finding]:
        words = _words(window, self._probabilities(window), self._kinds)
        for name in _names(words):
            start, end = trimmed(text, name.start, name.end)
            if name.entity and any(character.isalnum() for character in text[start:end]):
                yield Finding(
                    start=start, end=end, entity=name.entity, score=name.score, recognizer=NER
                )

    def _probabilities(self, window: "Encoding") -> Any:  # noqa: ANN401 - numpy, tokens x labels
        import numpy as np  # noqa: PLC0415 - with the extra only

        given = {
            "input_ids": window.ids,
            "attention_mask": window.attention_mask,
            "token_type_ids": window.type_ids,
        }
        feeds = {n: np.array([v], dtype=np.int64) for n, v in given.items() if n in self._wanted}
        logits = np.asarray(self._session.run(None, feeds)[0][0], dtype=np.float64)
        if logits.shape != (len(window.ids), len(self._labels)) or not np.isfinite(logits).all():
            raise ValueError("it gives no number for some label of some token")
        powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)


@dataclass(frozen=True, slots=True)
class _Kind:
    """An entity, or None for what is none, and the columns of its labels."""

    entity: Entity | None
    columns: list[int]
    begin: list[int]
    """Those of labels that say that a name begins."""


@dataclass(frozen=True, slots=True)
class _Word:
    """One word, or several that are one name; what it is called, and how surely."""

    start: int
    end: int
    entity: Entity | None
    score: float = 0.0
    begins: bool = field(default=False)
    """The label says that a name begins here."""

    def joined(self, other: "_Word") -> "_Word":
        return _Word(self.start, other.end, self.entity, max(self.score, other.score), self.begins)


def labels(folder: Path) -> tuple[str, ...]:
    """The labels of the model in a folder, by number.

    Raises:
        ConfigError: none are told.
    """
    try:
        named = json.loads((folder / CONFIG).read_text(encoding="utf-8"))["id2label"]
        return tuple(str(named[str(number)]) for number in range(len(named)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{folder.name} is not a model for token classification: no id2label in {CONFIG}"
        ) from error


def entities(folder: Path) -> frozenset[Entity]:
    """What the model in a folder finds; raises ConfigError."""
    return frozenset(entity for label in labels(folder) if (entity := _entity(label)))


def _loaded(folder: Path) -> "tuple[Tokenizer, InferenceSession]":
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # its threads would not outlive the fork
    try:
        from onnxruntime import InferenceSession, SessionOptions  # noqa: PLC0415 - an extra
        from tokenizers import Tokenizer  # noqa: PLC0415 - ditto
    except ImportError:
        raise ConfigError(
            f"{folder.name} is a transformer: install guardrail-gw with the extra 'transformers'"
        ) from None
    for name in (_TOKENIZER, _MODEL):
        if not (folder / name).is_file():
            raise ConfigError(
                f"{folder.name} has no {name}: export the model with "
                "'optimum-cli export onnx --task token-classification'"
            )
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
        tokenizer.enable_truncation(max_length=_window_tokens(folder), stride=_STRIDE)
        tokenizer.no_padding()
        session = InferenceSession(
            str(folder / _MODEL), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        raise ConfigError(f"{folder.name} cannot be loaded: {type(error).__name__}") from error
    return tokenizer, session


def _window_tokens(folder: Path) -> int:
    """As many tokens as the model has positions for; two may be set apart (RoBERTa)."""
    config: Mapping[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    positions = config.get("max_position_embeddings", _MAX_TOKENS + 2)
    return max(2 * _STRIDE, min(_MAX_TOKENS, int(positions) - 2))


def _words(window: "Encoding", probabilities: Any, kinds: Sequence[_Kind]) -> Iterator[_Word]:  # noqa: ANN401 - numpy
    """One per word of the text; a word is what the surest of its tokens says, not the first.

    What a token says is the kind whose labels together are likelier than every other kind's, so
    that a model which wavers between the beginning and the inside of a name does not lose it.
    """
    spans: dict[int, list[int]] = {}
    for index, word in enumerate(window.word_ids):
        if word is not None:
            spans.setdefault(word, []).append(index)
    for tokens in spans.values():
        start, end = window.offsets[tokens[0]][0], window.offsets[tokens[-1]][1]
        said = [
            max(((float(row[k.columns].sum()), k) for k in kinds), key=_sure)
            for row in probabilities[tokens]
        ]
        score, kind = max((s for s in said if s[1].entity), key=_sure, default=(0.0, kinds[0]))
        first = probabilities[tokens[0]]
        begins = bool(kind.begin) and 2 * first[kind.begin].sum() > first[kind.columns].sum()
        yield _Word(start, end, kind.entity if score else None, score, bool(begins))


def _sure(said: tuple[float, _Kind]) -> float:
    return said[0]


def _kinds(names: Sequence[str]) -> tuple[_Kind, ...]:
    """The kinds that the labels tell apart."""
    entities = list(dict.fromkeys(map(_entity, names)))
    return tuple(
        _Kind(
            entity,
            [n for n, label in enumerate(names) if _entity(label) == entity],
            [n for n, label in enumerate(names) if _entity(label) == entity and label[:2] == "B-"],
        )
        for entity in entities
    )


def _names(words: Iterable[_Word]) -> Iterator[_Word]:
    """Neighbouring words of one kind are one, unless a new name begins; others are none's."""
    open_: _Word | None = None
    for word in words:
        if open_ and word.entity == open_.entity and not word.begins:
            open_ = open_.joined(word)
            continue
        if open_:
            yield open_
        open_ = word
    if open_:
        yield open_


def _entity(label: str) -> Entity | None:
    """The Presidio name of a label, whatever scheme it marks beginnings by; None is outside."""
    if label == _OUTSIDE:
        return None
    scheme, dash, bare = label.partition("-")
    return entity_of(bare if dash and scheme in "BIESLU" else label)


def _digest(folder: Path) -> str:
    """Changes when the model does."""
    digest = sha256()
    for name in (CONFIG, _TOKENIZER, _MODEL):
        digest.update(sha256((folder / name).read_bytes()).digest())
    return digest.hexdigest()
