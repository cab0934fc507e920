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
_SIGNS = {code: " " for code in range(128) if not chr(code).isalnum()}
"""What no word of ASCII has in it, as `str.translate` takes it."""
_SIGMA = "\u03a3"
"""The one letter whose lower case depends on what stands around it (UAX #44, SpecialCasing)."""


class Whole:
    """A text whose words are found where they are asked for.

    Args:
        text: as the rules read it.
    """

    __slots__ = (
        *("_known", "_lower", "_once", "_parts", "_says", "_stretches", "_vocabulary"),
        "text",
    )

    def __init__(self, text: str) -> None:
        self.text = text
        self._lower: str | None = None
        self._parts: list[str] | None = None
        self._once: str | None = None
        self._stretches: list[tuple[int, int]] | None = None
        self._vocabulary: frozenset[str] | None = None
        self._says: dict[frozenset[str], bool] = {}
        self._known: dict[tuple[int, int], list[str]] = {}

    @property
    def lower(self) -> str:
        """The text in lower case, each word by itself, as long as it is."""
        if self._lower is None:
            self._lower = _SIGMA.join(map(lowered, self.text.split(_SIGMA)))
            if _SIGMA in self._lower:
                self._lower = WORD.sub(lambda word: lowered(word.group()), self._lower)
        return self._lower

    @property
    def parts(self) -> list[str]:
        """What stands between white space, in lower case and in order."""
        if self._parts is None:
            self._parts = self.lower.split()
        return self._parts

    @property
    def once(self) -> str:
        """Each of the parts once, with blanks between: most of a text is said again."""
        if self._once is None:
            self._once = " ".join(set(self.parts))
        return self._once

    @property
    def vocabulary(self) -> frozenset[str]:
        """Its words, in lower case."""
        if self._vocabulary is None:
            once = self.once
            words = once.translate(_SIGNS).split() if once.isascii() else WORD.findall(once)
            self._vocabulary = frozenset(words)
        return self._vocabulary

    @property
    def stretches(self) -> list[tuple[int, int]]:
        """Where it has `UNBROKEN` characters or more without white space, in order."""
        if self._stretches is None:
            self._stretches = []
            end = 0
            for part in self.parts:
                if len(part) >= UNBROKEN:  # none before it, nor any part of one, is as long
                    start = self.lower.index(part, end)
                    end = start + len(part)
                    self._stretches.append((start, end))
        return self._stretches

    def says(self, words: frozenset[str]) -> bool:
        """Whether one of some words stands in it; the same words may be asked for often."""
        known = self._says.get(words)
        if known is None:
            known = self._says[words] = not words.isdisjoint(self.vocabulary)
        return known

    def words(self, start: int, end: int) -> list[str]:
        """The words that stand in `text[start:end]` from first letter to last, in lower case."""
        known = self._known.get((start, end))
        if known is None:
            known = self._known[start, end] = self._found(start, end)
        return known

    def _found(self, start: int, end: int) -> list[str]:
        text = self.text
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


def in_lower_case(text: str) -> str:
    """A text or a window, each word by itself in lower case, as long as before."""
    if type(text) is Window:
        return text.whole.lower[text.at : text.at + len(text)]
    return Whole(text).lower
