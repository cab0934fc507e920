"""Names, places and other things that no pattern tells, by a spaCy pipeline.

Every call runs in a memory zone: without one, spaCy's vocabulary keeps every word it ever saw.
Spans are copied out of the documents before the zone closes.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.merge import NER
from guardrail_gw.detection.pieces import pieces
from guardrail_gw.errors import ConfigError

if TYPE_CHECKING:
    from spacy.language import Language

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

_PRESIDIO_NAMES = MappingProxyType(
    {
        "PER": "PERSON",
        "LOC": "LOCATION",
        "GPE": "LOCATION",
        "FAC": "LOCATION",
        "ORG": "ORGANIZATION",
        "NORP": "NRP",
        "DATE": "DATE_TIME",
        "TIME": "DATE_TIME",
    }
)
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
_LIMIT, _OVERLAP, _BATCH = 4_000, 200, 32
_AROUND = (
    " \t\r\n\u00a0\"'`.,;:!?()[]{}<>|*_#=/\\-"
    "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u2039\u203a\u00ab\u00bb\u2013\u2014"
)
"""Quotes, brackets, dashes and other signs that are no part of a name."""
_POSSESSIVE = ("'s", "\u2019s", "'S", "\u2019S")


class SpacyNames:
    """A loaded pipeline.

    Raises:
        ConfigError: the folder holds no spaCy pipeline with named-entity recognition.
    """

    def __init__(self, model: Path) -> None:
        self._nlp = _load(model)
        labels = self._nlp.get_pipe("ner").labels  # type: ignore[attr-defined]  # untyped component
        self.entities = frozenset(entity_of(label) for label in labels)
        self.digest = _digest(model)

    def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """The findings of each text; long ones are read in overlapping pieces."""
        found: list[list[Finding]] = [[] for _ in texts]
        parts = [
            (text[start:end], (index, start))
            for index, text in enumerate(texts)
            for start, end in pieces(text, limit=_LIMIT, overlap=_OVERLAP)
        ]
        with self._nlp.memory_zone():
            for doc, (index, start) in self._nlp.pipe(parts, as_tuples=True, batch_size=_BATCH):
                spans = [(span.start_char, span.end_char, span.label_) for span in doc.ents]
                found[index].extend(_findings(doc.text, spans, start))
        return found


def _load(model: Path) -> "Language":
    import spacy  # noqa: PLC0415 - only where names are wanted: half a second and 60 MB

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a version note is no reason not to start
            nlp = spacy.load(model, exclude=list(_NOT_NEEDED))
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


def _findings(text: str, spans: Sequence[tuple[int, int, str]], offset: int) -> Iterator[Finding]:
    for begins, ends, label in spans:
        start, end = trimmed(text, begins, ends)
        entity = entity_of(label)
        if _says_something(entity, text[start:end]):
            yield Finding(
                start=offset + start,
                end=offset + end,
                entity=entity,
                score=SCORES.get(entity, OTHER_SCORE),
                recognizer=NER,
            )


def _says_something(entity: Entity, written: str) -> bool:
    """A bare number is no age by itself: what stands around it decides, which a rule reads."""
    if entity == _AGE:
        return any(character.isalpha() for character in written)
    return any(character.isalnum() for character in written)


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space and punctuation around it, and without a possessive ending."""
    span = text[start:end]
    start += len(span) - len(span.lstrip(_AROUND))
    span = text[start:end].rstrip(_AROUND)
    if span.endswith(_POSSESSIVE):
        span = span[:-2].rstrip(_AROUND)
    return start, start + len(span)


def entity_of(label: str) -> Entity:
    """The Presidio name of a label."""
    return Entity(_PRESIDIO_NAMES.get(label, label))


def _digest(model: Path) -> str:
    """Changes when the pipeline does."""
    digest = sha256()
    for path in sorted(path for path in model.rglob("*") if path.is_file()):
        digest.update(path.relative_to(model).as_posix().encode())
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()
