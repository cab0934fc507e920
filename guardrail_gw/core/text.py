"""Text to be scanned and what was found in it."""

import unicodedata
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NewType

Entity = NewType("Entity", str)
"""A kind of personal data, by its Presidio name: `PERSON`, `IBAN_CODE`."""


class SegmentKind(StrEnum):
    """How a text is to be scanned."""

    PROSE = "prose"
    """Written by a person or a model: every detector runs, but in code only those that are sure."""
    EVERYTHING = "everything"
    """The same, and every detector runs in code too: a policy says so."""
    KEY = "key"
    """A JSON object key or an identifier: rules run, named-entity recognition does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One string of a request, as its reader will see it (JSON escapes undone)."""

    text: str = field(repr=False)
    kind: SegmentKind = SegmentKind.PROSE
    place: str
    """Where it stands, as a JSON pointer without any free-form key: safe to show."""

    def with_code(self) -> "Segment":
        """The same, with every detector in code too; keys stay what they are."""
        if self.kind is not SegmentKind.PROSE:
            return self
        return replace(self, kind=SegmentKind.EVERYTHING)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """One span of personal data: `text[start:end]` in code points, end exclusive."""

    start: int
    end: int
    entity: Entity
    score: float
    recognizer: str
    part: bool = False
    """It is a piece of a value that goes on in another text; alone it says little."""


def lowered(text: str) -> str:
    """The text in lower case and as long as before, so that places in it are places in `text`.

    One letter becomes two in lower case, the Turkish capital I with a dot (UAX #44,
    SpecialCasing); here it becomes `i`.
    """
    return text.replace("\u0130", "i").lower()


def comparable(value: str) -> str:
    """A value as it is compared with another: NFKC, without case, white space as single spaces."""
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())
