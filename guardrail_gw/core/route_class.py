"""What kind of request one is, as a semantic objective sorts them: a name, and how sure it is."""

from dataclasses import dataclass
from enum import StrEnum


class Sorted(StrEnum):
    """How a request came to its route class."""

    NEAREST = "nearest"
    """Its last words are like the examples of this class."""
    UNLIKE = "unlike"
    """They are like those of none, so it has the fallback class; all that follow have, too."""
    CLOSE = "close"
    """They are about as much like those of two."""
    WORDLESS = "wordless"
    """Nobody said anything in it that could be read."""
    LATE = "late"
    """There was no answer in time."""
    BUSY = "busy"
    """Too many waited."""
    FAILED = "failed"
    """The process that reads it is down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteClass:
    """The route class of one request; numbers and configured names, nothing that anybody said."""

    name: str
    by: Sorted
    similarity: float | None = None
    """To the nearest class, from -1 to 1; None: it was not measured."""
    margin: float | None = None
    """By how much the next class is less near, 0 or more."""
