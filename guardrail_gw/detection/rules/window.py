"""A part of a text, as a rule is shown it: it reads as a string, and knows where it was cut from.

Rules look at the neighbourhood of what they need. The words around a match may stand outside of
it, so `context.near` asks the whole text, which remembers what it was asked: many rules look at
one number.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from itertools import takewhile
from operator import itemgetter
from typing import Self

from guardrail_gw.core.text import lowered
from guardrail_gw.detection.rules import outline
from guardrail_gw.detection.rules.name_shapes import UPPER
from guardrail_gw.detection.rules.outline import UNBROKEN
from guardrail_gw.detection.rules.spot import Spot, around, outlined

WORD = re.compile(r"[^\W_]+")
_END = itemgetter(1)
_SHORT = 1_000
"""Code points of a text in which next to nothing is said again."""
_CAPITAL_WORD = re.compile(rf"[^\x00-@\[-\x7fß-öø-ÿ](?<={UPPER})(?<!\w.)\w*")
"""The class says the same of ASCII and of small letters at next to no cost."""
_SIGMA = "\u03a3"
"""The one letter whose lower case depends on what stands around it (UAX #44, SpecialCasing)."""


class Whole:
    """A text whose words are found where they are asked for.

    Args:
        text: as the rules read it.
    """

    __slots__ = (
        *(
            "_capitals",
            "_digits",
            "_distinct",
            "_known",
            "_lower",
            "_once",
            "_kinds",
            "_parts",
            "_says",
        ),
        *("_raw", "_spots", "_standing", "_stretches", "_vocabulary", "_widths", "text"),
    )

    def __init__(self, text: str) -> None:
        self.text = text
        self._raw: bytes | None = None
        self._lower: str | None = None
        self._parts: list[str] | None = None
        self._widths: list[int] | None = None
        self._distinct: frozenset[str] | None = None
        self._once: str | None = None
        self._stretches: list[tuple[int, int]] | None = None
        self._vocabulary: frozenset[str] | None = None
        self._capitals: list[tuple[int, str]] | None = None
        self._digits: list[tuple[int, int]] | None = None
        self._kinds: str | None = None
        self._spots: list[tuple[int, str]] | None = None
        self._says: dict[frozenset[str], frozenset[str]] = {}
        self._standing: dict[str, list[tuple[int, int]]] = {}
        self._known: dict[tuple[int, int], list[str]] = {}

    @property
    def raw(self) -> bytes:
        """Its outline; none where it has one beyond Latin-1."""
        if self._raw is None:
            self._raw = outline.outline(self.text)
        return self._raw

    @property
    def lower(self) -> str:
        """The text in lower case, each word by itself, as long as it is."""
        if self._lower is None and self.text.isascii():
            self._lower = self.text.lower()
        elif self._lower is None:
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
    def widths(self) -> list[int]:
        """How long each of the parts is."""
        if self._widths is None:
            self._widths = list(map(len, self.parts))
        return self._widths

    @property
    def distinct(self) -> frozenset[str]:
        """Each of the parts once: most of a text is said again."""
        if self._distinct is None:
            self._distinct = frozenset(self.parts)
        return self._distinct

    @property
    def once(self) -> str:
        """The same with blanks between; a short text as it is."""
        if self._once is None:
            is_short = len(self.text) < _SHORT
            self._once = self.lower if is_short else " ".join(self.distinct)
        return self._once

    @property
    def vocabulary(self) -> frozenset[str]:
        """Its words, in lower case."""
        if self._vocabulary is None:
            raw = outline.outline(self.once)
            self._vocabulary = frozenset(outline.words(raw) if raw else WORD.findall(self.once))
        return self._vocabulary

    @property
    def capitals(self) -> list[tuple[int, str]]:
        """Its words that begin like a name, in order, each behind the place where it begins."""
        if self._capitals is None and self.raw:
            self._capitals = list(outline.capitals(self.text, self.raw))
        elif self._capitals is None:
            found = _CAPITAL_WORD.finditer(self.text)
            self._capitals = [(match.start(), match.group()) for match in found]
        return self._capitals

    @property
    def digits(self) -> list[tuple[int, int]]:
        """Where digits stand in a row in it, in order."""
        if self._digits is None:
            self._digits = outline.digits(self.text, self.raw)
        return self._digits

    @property
    def spots(self) -> list[tuple[int, str]]:
        """Where its numbers begin, in order, each before its surroundings in kinds."""
        if self._spots is None:
            digits = self.digits
            kinds = self.kinds if digits else ""
            self._spots = [(start, around(kinds, start, end)) for start, end in digits]
        return self._spots

    @property
    def kinds(self) -> str:
        """Those of its characters (`spot.py`), with borders around it."""
        if self._kinds is None:
            self._kinds = outlined(self.text, self.raw)
        return self._kinds

    @property
    def stretches(self) -> list[tuple[int, int]]:
        """Where it has `UNBROKEN` characters or more without white space, in order."""
        if self._stretches is None and self.raw:
            self._stretches = list(outline.stretches(self.raw))
        elif self._stretches is None:
            is_any = max(self.widths, default=0) >= UNBROKEN
            self._stretches = list(self._found_stretches()) if is_any else []
        return self._stretches

    def _found_stretches(self) -> Iterator[tuple[int, int]]:
        parts = self.parts if len(self.text) < _SHORT else self.distinct
        long = {part for part in parts if len(part) >= UNBROKEN}
        end = 0
        for part in filter(long.__contains__, self.parts):
            start = self.lower.index(part, end)  # nothing before it is as long
            end = start + len(part)
            yield start, end

    def standing(self, word: str) -> list[tuple[int, int]]:
        """Where a word, in lower case, stands whole, in order."""
        known = self._standing.get(word)
        if known is None:
            found = _standing(word).finditer(self.lower)
            known = self._standing[word] = [match.span() for match in found]
        return known

    def says(self, words: frozenset[str]) -> bool:
        """Whether one of some words stands in it; the same words may be asked for often."""
        return bool(self.said(words))

    def said(self, words: frozenset[str]) -> frozenset[str]:
        """Those of some words that stand in it."""
        known = self._says.get(words)
        if known is None:
            known = self._says[words] = words & self.vocabulary
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
    _numbers: list[int] | None

    __slots__ = ("_numbers", "at", "whole")

    @classmethod
    def onto(cls, whole: Whole, start: int, end: int) -> Self:
        """The part of `whole` from `start` to `end`."""
        window = cls(whole.text[start:end])
        window.at, window.whole, window._numbers = start, whole, None
        return window

    @property
    def numbers(self) -> list[int]:
        """Where digits begin in it; many rules look at them."""
        if self._numbers is None:
            at, end = self.at, self.at + len(self)
            digits = self.whole.digits
            if not at and end == len(self.whole.text):
                self._numbers = [start for start, _ in digits]
            else:
                within = digits[bisect_right(digits, at, key=_END) :] if at < end else ()
                before_end = takewhile(lambda span: span[0] < end, within)
                self._numbers = [max(start - at, 0) for start, _ in before_end]
        return self._numbers


def numbers(text: str, spot: Spot | None = None) -> list[int]:
    """Where in a text or a window digits begin, but for those that a spot rules out."""
    window = text if type(text) is Window else Window.onto(Whole(text), 0, len(text))
    if spot is None or len(window) != len(window.whole.text):
        return window.numbers  # a window may begin within a number
    return [at for at, there in window.whole.spots if spot[there]]


def whole_of(text: str) -> Whole:
    """The whole of a text, or of a window as if it were a text of its own."""
    if type(text) is Window and len(text) == len(text.whole.text):
        return text.whole
    return Whole(str(text))


def at_numbers(
    pattern: re.Pattern[str], text: str, spot: Spot | None = None
) -> Iterator[re.Match[str]]:
    """Yield all matches of a pattern, each of which begins with the first of some digits.

    Args:
        pattern: begins with a digit.
        text: to be looked through.
        spot: rules out nothing that the pattern matches.
    """
    done = 0
    match_at = pattern.match
    for at in numbers(text, spot):
        if at >= done and (match := match_at(text, at)):
            yield match
            done = match.end()


def standing(text: str, words: frozenset[str]) -> list[tuple[int, int]]:
    """Where words, in lower case, stand whole in a text or a window, in order."""
    if type(text) is not Window:
        text = Window.onto(Whole(text), 0, len(text))
    whole, at, end = text.whole, text.at, text.at + len(text)
    found = [span for word in whole.said(words) for span in whole.standing(word)]
    if not found:
        return found
    return sorted([(start - at, stop - at) for start, stop in found if at <= start and stop <= end])


@cache
def _standing(word: str) -> re.Pattern[str]:
    """A word of its own; it begins with what is looked for, so that this is a search."""
    written = re.escape(word)
    return re.compile(rf"{written}(?![^\W_])(?<![^\W_]{written})")


def in_lower_case(text: str) -> str:
    """A text or a window, each word by itself in lower case, as long as before."""
    if type(text) is Window:
        return text.whole.lower[text.at : text.at + len(text)]
    return Whole(text).lower


def capital_words(text: str) -> list[tuple[int, str]]:
    """The words of a text, or of a window, that begin like a name, and where they begin."""
    if type(text) is Window and len(text) == len(text.whole.text):
        return text.whole.capitals
    return Whole(text).capitals


def vocabulary(text: str) -> frozenset[str]:
    """The words of a text, or of all of the text that a window is from, in lower case."""
    return (text.whole if type(text) is Window else Whole(text)).vocabulary
