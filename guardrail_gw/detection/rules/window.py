"""A part of a text, as a rule is shown it: it reads as a string, and knows where it was cut from.

Rules look at the neighbourhood of what they need. The words around a match may stand outside of
it, so `context.near` asks the whole text, which remembers what it was asked: many rules look at
one number.
"""

import re
from typing import Self

from guardrail_gw.core.text import lowered

WORD = re.compile(r"[^\W_]+")
UNBROKEN = 14
"""Characters without white space between that no sentence has, but keys and codes do."""
_STRETCH = re.compile(rf"(?:^|\s)\S{{{UNBROKEN},}}")
"""With the white space before it: a text has fewer spaces to begin at than letters."""
_SIGMA = "\u03a3"
"""The one letter whose lower case depends on what stands around it (UAX #44, SpecialCasing)."""


class Whole:
    """A text whose words are found where they are asked for.

    Args:
        text: as the rules read it.
    """

    __slots__ = ("_known", "_lower", "_stretches", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._lower: str | None = None
        self._stretches: list[tuple[int, int]] | None = None
        self._known: dict[tuple[int, int], list[str]] = {}

    @property
    def lower(self) -> str:
        """The text in lower case, as long as it is."""
        if self._lower is None:
            self._lower = lowered(self.text)
        return self._lower

    @property
    def stretches(self) -> list[tuple[int, int]]:
        """Where it has `UNBROKEN` characters or more without white space, in order."""
        if self._stretches is None:
            found = [match.span() for match in _STRETCH.finditer(self.text)]
            self._stretches = [(start + self.text[start].isspace(), end) for start, end in found]
        return self._stretches

    def words(self, start: int, end: int) -> list[str]:
        """The words that stand in `text[start:end]` from first letter to last, in lower case."""
        known = self._known.get((start, end))
        if known is None:
            known = self._known[start, end] = self._found(start, end)
        return known

    def _found(self, start: int, end: int) -> list[str]:
        text = self.text
        if _SIGMA in text:
            found = [lowered(word) for word in WORD.findall(text, start, end)]
        else:
            found = WORD.findall(self.lower, start, end)
        if found and start > 0 and text[start - 1].isalnum() and text[start].isalnum():
            del found[0]
        if found and end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
            found.pop()
        return found


class Window(str):
    """`whole.text[at : at + len(self)]`."""

    at: int
    whole: Whole

    __slots__ = ("at", "whole")

    @classmethod
    def onto(cls, whole: Whole, start: int, end: int) -> Self:
        """The part of `whole` from `start` to `end`."""
        window = cls(whole.text[start:end])
        window.at, window.whole = start, whole
        return window
