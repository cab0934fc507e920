"""A part of a text, as a rule is shown it: it reads as a string, and knows where it was cut from.

Rules look at the neighbourhood of what they need. The words around a match may stand outside of
it, so `context.near` asks the whole text, whose words are looked up once for all rules.
"""

import re
from bisect import bisect_left
from typing import Self

from guardrail_gw.core.text import lowered

WORD = re.compile(r"[^\W_]+")


class Whole:
    """A text whose words are found at most once.

    Args:
        text: as the rules read it.
    """

    __slots__ = ("_ends", "_starts", "_words", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts: list[int] | None = None
        self._ends: list[int] = []
        self._words: list[str] = []

    def words(self, start: int, end: int) -> list[str]:
        """The words that stand in `text[start:end]` from first letter to last, in lower case."""
        starts = self._starts
        if starts is None:
            found = list(WORD.finditer(self.text))
            self._starts = starts = [match.start() for match in found]
            self._ends = [match.end() for match in found]
            self._words = [lowered(match.group()) for match in found]
        return self._words[bisect_left(starts, start) : bisect_left(self._ends, end + 1)]


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
