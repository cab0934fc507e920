"""Gold corpora: what is known to be outside a name, and what merely was not annotated.

Every corpus marks some labels only (inventory.json). Where a corpus does not know a label, tokens
that look like it (digits and month names for dates, words for nationalities) are *missing*: the
parser's oracle then accepts any action there. Missing as well: spans the model has no label for
(MISC), single letters that stand for anonymised persons, and, where the annotation is not
complete, every token that could be a name.
"""

import gzip
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span, Token

from models.recipe.slots import read_language, read_sections
from models.recipe.synthetic import languages

LABELS = frozenset({"PERSON", "LOCATION", "ORGANIZATION", "DATE_TIME", "NRP", "ADDRESS", "AGE"})

OUTSIDE = frozenset({"ID", "EMAIL_ADDRESS", "PHONE_NUMBER"})
"""Annotated, but found by rules: plain text to this model."""

KEEP = {
    "europeana": 0.7,
    "german-ler": 0.5,
    "meddocan": 0.4,
    "echr-projected": 0.5,
    "echr": 2.0,
    "wikigold": 8.0,
    "gum": 6.0,
    "wnut17": 4.0,
    "btc": 3.5,
    "re3d": 4.0,
    "sec-filings": 2.0,
    "ronec": 1.8,
    "poner": 1.3,
    "snips": 0.7,
}
"""How often a document is used on average: less for sources that are noisy or repetitive, more
than once for the few that are modern English."""

_SHORT = 2

_AGE = frozenset(
    {"age", "aged", "old", "years", "year", "âge", "âgé", "âgée", "ans", "edad", "años"}
    | {"jahre", "alt", "jahren", "lat", "let", "ani", "jaar", "oud", "rokov"}
)
"""Words beside a number that make it an age in a corpus that does not mark ages."""

_COMMON = frozenset(read_sections("words")["common"])
"""Words that no name consists of, for the corpus of lower-case commands."""


@dataclass(frozen=True, slots=True)
class Hints:
    """Lower-case words that may belong to a label a corpus does not know."""

    dates: frozenset[str]
    nationalities: frozenset[str]


def read_hints() -> Hints:
    """Month, weekday and nationality words of all template languages."""
    dates: set[str] = set()
    nationalities: set[str] = set()
    for lang in languages():
        sections = read_language(lang)
        dates.update(w.lower() for key in ("month", "weekday") for w in sections[key])
        nationalities.update(w.lower() for w in sections["nrp"])
    return Hints(frozenset(dates), frozenset(nationalities))


def read_documents(folder: Path, rng: random.Random) -> Iterator[dict[str, Any]]:
    """Yield the documents of every *.jsonl.gz in `folder`, thinned out by `KEEP`."""
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                document = json.loads(line)
                for _ in range(int(KEEP.get(document["source"], 1.0) + rng.random())):
                    yield dict(document)


def annotate(nlp: Language, source: dict[str, Any], known: frozenset[str], hints: Hints) -> Doc:
    """The document as tokens with entities, outside tokens and missing tokens."""
    doc = nlp.make_doc(source["text"])
    entities, missing = _spans(doc, source["spans"])
    taken = {i for span in (*entities, *missing) for i in range(span.start, span.end)}
    for token in doc:
        if token.i not in taken and _unknown(token, source, known, hints):
            missing.append(doc[token.i : token.i + 1])
    doc.set_ents(entities, missing=missing, default="outside")
    return doc


def _spans(doc: Doc, marked: list[dict[str, Any]]) -> tuple[list[Span], list[Span]]:
    """The entities of `doc`, and the spans whose tokens must be left open."""
    entities: list[Span] = []
    missing: list[Span] = []
    end = 0
    for mark in marked:
        if mark["label"] == "AGE":
            mark = _number(doc.text, mark)  # noqa: PLW2901 - the same mark, cut
        exact = doc.char_span(mark["start"], mark["end"], label=mark["label"])
        span = exact or doc.char_span(mark["start"], mark["end"], alignment_mode="expand")
        if mark["label"] in OUTSIDE or span is None or span.start < end:
            continue
        short = mark["label"] == "PERSON" and mark["end"] - mark["start"] <= _SHORT
        good = exact is not None and mark["label"] in LABELS and not short
        (entities if good else missing).append(span)
        end = span.end
    return entities, missing


def _number(text: str, mark: dict[str, Any]) -> dict[str, Any]:
    """An age without its unit: `54` of `54 años`."""
    digits = re.match(r"\d+", text[mark["start"] : mark["end"]])
    return mark | {"end": mark["start"] + digits.end()} if digits else mark | {"label": "MISC"}


def _unknown(token: Token, source: dict[str, Any], known: frozenset[str], hints: Hints) -> bool:
    """True if `token`, unmarked, may still be a name of a label this model has."""
    word = token.lower_
    digits = any(c.isdigit() for c in word) and not token.like_url
    if "DATE_TIME" not in known and (digits or word in hints.dates):
        return True
    if "AGE" not in known and digits and len(word) <= _SHORT and _near_age(token):
        return True
    if "NRP" not in known and word in hints.nationalities:
        return True
    if source["complete"]:
        return False
    if source["source"] == "snips":
        return token.is_alpha and word not in _COMMON
    return token.is_title or token.is_upper or digits


def _near_age(token: Token) -> bool:
    """True if a word within three of `token` speaks of age."""
    around = token.doc[max(0, token.i - 3) : token.i + 4]
    return any(word.lower_ in _AGE for word in around)
