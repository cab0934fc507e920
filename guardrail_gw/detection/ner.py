"""Names, places and other things that no pattern tells, by a spaCy pipeline.

All work is done in memory zones: without one, spaCy's vocabulary keeps every word it ever saw. A
zone lasts for `_ZONE` code points of text, since looking a word up anew costs more than all the
rest of its tokenization. Spans are copied out of the documents before a call returns.

A pipeline of the shipped kind is computed by `network.py`, any other by spaCy.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.german import is_german
from guardrail_gw.detection.labels import entity_of, trimmed
from guardrail_gw.detection.merge import DOUBTFUL, DOUBTFUL_SCORE, NER
from guardrail_gw.detection.misread import Doubted, is_misread
from guardrail_gw.detection.pieces import Piece, pieces
from guardrail_gw.detection.pipeline import load_pipeline
from guardrail_gw.errors import ConfigError

if TYPE_CHECKING:
    from spacy.language import Language

    from guardrail_gw.detection.decoder import Leaning
    from guardrail_gw.detection.network import Network
    from guardrail_gw.detection.second_look import SecondLook
    from guardrail_gw.detection.tokens import Tokenizer, Tokens

SCORES: Mapping[str, float] = MappingProxyType(
    {
        "PERSON": 0.85,
        "ADDRESS": 0.8,
        "LOCATION": 0.75,
        "NRP": 0.7,
        "DATE_TIME": 0.6,
        "ORGANIZATION": 0.6,
        "AGE": 0.6,
    }
)
"""A transition-based model gives no probability, so a label has one score. The order decides which
of two labels wins where pieces overlap: what says most about a person."""
OTHER_SCORE = 0.6
"""For labels of a model of the operator's own."""

LEAN: Mapping[str, float] = MappingProxyType(
    {
        "PERSON": 3.0,
        "ORGANIZATION": 2.5,
        "LOCATION": 2.0,
        "NRP": 3.0,
        "ADDRESS": 2.0,
        "AGE": 1.0,
        "DATE_TIME": 1.0,
    }
)
"""How much the scores of beginning a name are raised, in natural logarithms, for what the network
would only then take for one: see merge.DOUBTFUL_SCORE."""

STERN: Mapping[str, float] = MappingProxyType({"ORGANIZATION": -2.0, "LOCATION": -1.0})
"""How much the scores of beginning these are lowered in a misread text that the network is unsure
of; what is not found then is doubtful there. Persons are not: a missed one costs most."""

_AGE = Entity("AGE")
_NOT_NEEDED = (
    "tagger",
    "morphologizer",
    "parser",
    "senter",
    "lemmatizer",
    "trainable_lemmatizer",
    "attribute_ruler",
)
_LIMIT, _OVERLAP = 4_000, 400
"""Code points of a piece, and those that two share."""
_BATCH = 8_000
"""Code points that are computed together, unless one piece is more: bounds the memory."""
_ZONE = 200_000
_ANY = "xx"
"""What spaCy calls a pipeline of several languages."""

_Part = tuple[str, int, Piece]
"""A piece's text, the number of its text, and the piece."""
_Span = tuple[int, int, str]
"""Code points and label."""


class SpacyNames:
    """A loaded pipeline.

    Args:
        model: its folder.
        stern: see `STERN`; with none, there is no second look at German texts either, and what is
            found is what spaCy finds.

    Raises:
        ConfigError: the folder holds no spaCy pipeline with named-entity recognition.
    """

    def __init__(self, model: Path, stern: Mapping[str, float] = STERN) -> None:
        self._nlp = _load(model)
        self._stern = stern
        self._second_look = _second_look(model) if stern else None
        labels = self._nlp.get_pipe("ner").labels  # type: ignore[attr-defined]  # untyped component
        self.entities = frozenset(entity_of(label) for label in labels)
        self.languages = languages(model)
        self.digest = _digest(model)
        self._network, self.note = _network(self._nlp)
        self._tokens = _tokenizer(self._nlp, self._network) if self._network else None
        self._zone = ExitStack()
        self._read = _ZONE

    def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """The findings of each text; long ones are read in overlapping pieces."""
        found: list[list[Finding]] = [[] for _ in texts]
        for batch in _batches(texts):
            self._renew(sum(len(part) for part, _, _ in batch))
            spans = self._spans([part for part, _, _ in batch])
            for (part, index, piece), (sure, doubtful) in zip(batch, spans, strict=True):
                here = [*_findings(part, sure), *_doubtful(part, doubtful)]
                found[index].extend(piece.placed(here))
        return found

    def _renew(self, size: int) -> None:
        """Forget the words of earlier texts once there were enough of them."""
        self._read += size
        if self._read > _ZONE:
            self._zone.close()
            self._zone.enter_context(self._nlp.memory_zone())
            self._read = size

    def _spans(self, parts: Sequence[str]) -> list[tuple[list[_Span], list[_Span]]]:
        """The entities of each part, and what would be one if the network leaned to names more.

        What spaCy computes has no scores, and so nothing doubtful.
        """
        if self._network is None or self._tokens is None:
            piped = self._nlp.pipe(parts, batch_size=len(parts))
            sure = [[(e.start_char, e.end_char, e.label_) for e in doc.ents] for doc in piped]
            return [(spans, []) for spans in sure]
        texts = [self._tokens(part) for part in parts]
        read = [(text, part) for text, part in zip(texts, parts, strict=True) if text.names]
        stern = self._stern
        look = self._second_look
        again = [look is not None and is_german(part) for _, part in read]
        misread = [not at and is_misread(part) for at, (_, part) in zip(again, read, strict=True)]
        doubted = Doubted(misread, stern) if stern else None
        both = self._network.leaning([text for text, _ in read], ({}, LEAN), doubted)
        seen = iter([look if at else None for at in again])
        results = _by_text(both, read)
        return [_graded(next(results), next(seen)) if text.names else ([], []) for text in texts]


def _batches(texts: Sequence[str]) -> Iterator[list[_Part]]:
    batch: list[_Part] = []
    size = 0
    for index, text in enumerate(texts):
        for piece in pieces(text, limit=_LIMIT, overlap=_OVERLAP):
            length = piece.end - piece.start
            if batch and size + length > _BATCH:
                yield batch
                batch, size = [], 0
            batch.append((text[piece.start : piece.end], index, piece))
            size += length
    if batch:
        yield batch


class _Read(NamedTuple):
    """What was found in one text, in tokens."""

    text: str
    places: Sequence[tuple[int, int]]
    """Where each token begins and ends, in code points."""
    sure: Sequence[_Span]
    leaning: Sequence[_Span]
    both: "Leaning"
    first: int
    """The number of the text's first token among those that were read together."""

    def margin(self, token: int) -> float:
        """See `Leaning.margin`."""
        return self.both.margin(self.first + token)


def _by_text(both: "Leaning", read: Sequence[tuple["Tokens", str]]) -> Iterator[_Read]:
    """What was found, text by text."""
    first = 0
    for (tokens, text), sure, leaning in zip(read, *both.found, strict=True):
        yield _Read(text, tokens.places, sure, leaning, both, first)
        first += len(tokens.names)


def _graded(read: _Read, look: "SecondLook | None") -> tuple[list[_Span], list[_Span]]:
    """What is sure, and what else is found by leaning, in characters."""
    known = frozenset(read.sure)
    sure, doubtful = read.sure, [span for span in read.leaning if span not in known]
    if look is not None:
        sure, doubtful = look.graded(read, sure, doubtful)
    return _in_characters(read.places, sure), _in_characters(read.places, doubtful)


def _in_characters(places: Sequence[tuple[int, int]], spans: Sequence[_Span]) -> list[_Span]:
    return [(places[a][0], places[b - 1][1], label) for a, b, label in spans]


def _network(nlp: "Language") -> "tuple[Network | None, str | None]":
    """Our own computation of the pipeline, or None and what stands against it."""
    from guardrail_gw.detection.network import UnknownNetwork  # noqa: PLC0415 - imports numpy
    from guardrail_gw.detection.weights import network_of  # noqa: PLC0415 - ditto

    try:
        return network_of(nlp), None
    except UnknownNetwork as error:
        return None, f"spaCy computes names, three times slower than shipped models: {error}"


def _second_look(model: Path) -> "SecondLook | None":
    from guardrail_gw.detection.second_look import SecondLook  # noqa: PLC0415 - imports numpy

    return SecondLook.of(model)


def _tokenizer(nlp: "Language", network: "Network") -> "Tokenizer":
    from guardrail_gw.detection.tokens import Tokenizer  # noqa: PLC0415 - imports numpy

    return Tokenizer(nlp, network.embedding.attributes)


def _load(model: Path) -> "Language":
    try:
        nlp = load_pipeline(model, _NOT_NEEDED)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{model.name} is not a spaCy pipeline: {type(error).__name__}"
        ) from error
    if "ner" not in nlp.pipe_names:
        raise ConfigError(f"{model.name} has no component named ner")
    _multiply_with_numpy(nlp)
    return nlp


def _multiply_with_numpy(nlp: "Language") -> None:
    """Let numpy multiply matrices: twice as fast as the library thinc takes by itself."""
    from thinc.api import NumpyOps  # noqa: PLC0415 - spaCy's own; see _load

    ops = NumpyOps(use_blis=False)
    models: list[Any] = [getattr(component, "model", None) for _, component in nlp.pipeline]
    for node in (node for model in models if model is not None for node in model.walk()):
        if type(node.ops) is NumpyOps:
            node.ops = ops


def _doubtful(text: str, spans: Sequence[_Span]) -> Iterator[Finding]:
    for finding in _findings(text, spans):
        yield replace(finding, score=DOUBTFUL_SCORE, recognizer=DOUBTFUL)


def _findings(text: str, spans: Sequence[_Span]) -> Iterator[Finding]:
    for begins, ends, label in spans:
        start, end = trimmed(text, begins, ends)
        entity = entity_of(label)
        if _says_something(entity, text[start:end]):
            yield Finding(
                start=start,
                end=end,
                entity=entity,
                score=SCORES.get(entity, OTHER_SCORE),
                recognizer=NER,
            )


def _says_something(entity: Entity, written: str) -> bool:
    """A bare number is no age by itself: what stands around it decides, which a rule reads."""
    if entity == _AGE:
        return any(character.isalpha() for character in written)
    return any(character.isalnum() for character in written)


def _digest(model: Path) -> str:
    """Changes when the pipeline does."""
    digest = sha256()
    for path in sorted(path for path in model.rglob("*") if path.is_file()):
        digest.update(path.relative_to(model).as_posix().encode())
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def languages(model: Path) -> frozenset[str] | None:
    """The languages that a pipeline says it was trained on; None when it does not say."""
    meta = json.loads((model / "meta.json").read_text(encoding="utf-8"))
    told = meta.get("languages") or [meta.get("lang", _ANY)]
    return None if _ANY in told else frozenset(map(str, told))
