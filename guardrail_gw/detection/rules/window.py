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
from guardrail_gw.detection.rules.spot import Spot, Spots, outlined, surroundings

WORD = re.compile(r"[^\W_]+")
_END = itemgetter(1)
_SHORT = 1_000
"""Code points of a text in which next to nothing is said again."""
_STRETCH = re.compile(rf"[^@]{{{UNBROKEN},}}")
_CAPITAL_WORD = re.compile(rf"[^\x00-@\[-\x7fß-öø-ÿ](?<={UPPER})(?<!\w.)\w*")
"""The class says the same of ASCII and of small letters at next to no cost."""
_PART_OF_MANY = 3
"""Letters of a word that stands within others too often to be looked at each time."""
_SIGMA = "\u03a3"
"""The one letter whose lower case depends on what stands around it (UAX #44, SpecialCasing)."""


class Whole:
    """A text, with what nearly every rule asks of it; the rest is found where it is asked for.

    Args:
        text: as the rules read it.
    """

    __slots__ = (
        *("_distinct", "_kinds", "_known", "_parts", "_says", "_standing", "_widths"),
        *("capitals", "digits", "lower", "once", "raw", "spaced", "spots", "stretches", "text"),
        *("has_capital", "has_inner_capital", "vocabulary"),
    )

    raw: bytes
    """Its outline; none where it has one beyond Latin-1."""
    spaced: bytes
    """The same as `outline.spaced` has it."""
    lower: str
    """The text in lower case, each word by itself, as long as it is."""
    once: str
    """Each of its parts once, with blanks between; a short text as it is."""
    vocabulary: frozenset[str]
    """Its words, in lower case."""
    digits: list[tuple[int, int]]
    """Where digits stand in a row in it, in order."""
    spots: list[tuple[int, str]]
    """Where its numbers begin, in order, each before its surroundings in kinds."""
    capitals: list[tuple[int, str]]
    """Its words that begin like a name, in order, each behind the place where it begins."""
    has_inner_capital: bool
    """Whether a capital may stand behind another sign of a word."""
    has_capital: bool
    """Whether there is one of either."""
    stretches: list[tuple[int, int]]
    """Where it has `UNBROKEN` characters or more without white space or `@`, in order."""

    def __init__(self, text: str) -> None:
        self._parts: list[str] | None = None
        self._widths: list[int] | None = None
        self._distinct: frozenset[str] | None = None
        self._kinds: str | None = None
        self._says: dict[frozenset[str], frozenset[str]] = {}
        self._standing: dict[str, list[tuple[int, int]]] = {}
        self._known: dict[tuple[int, int], list[str]] = {}
        self.text = text
        self.raw = raw = outline.outline(text)
        self.spaced = outline.spaced(raw)
        self.lower = _in_lower_case(text)
        self.digits = outline.digits(text, raw)
        self.spots = surroundings(self.kinds, self.digits) if self.digits else []
        self.capitals, self.has_inner_capital = _capitals(text, raw)
        self.has_capital = self.has_inner_capital or bool(self.capitals)
        if len(text) < _SHORT:
            self.once = self.lower
            self.vocabulary = _vocabulary(self.lower, raw)
        else:
            self.once = " ".join(self.distinct)
            self.vocabulary = _vocabulary(self.once, outline.outline(self.once))
        self.stretches = outline.stretches(raw, self.spaced) if raw else self._found_stretches()

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
    def kinds(self) -> str:
        """Those of its characters (`spot.py`), with borders around it."""
        if self._kinds is None:
            self._kinds = outlined(self.text, self.raw)
        return self._kinds

    def _found_stretches(self) -> list[tuple[int, int]]:
        """The stretches of a text without an outline."""
        if max(self.widths, default=0) < UNBROKEN:
            return []
        parts = self.parts if len(self.text) < _SHORT else self.distinct
        long = {part for part in parts if len(part) >= UNBROKEN}
        found: list[tuple[int, int]] = []
        end = 0
        for part in filter(long.__contains__, self.parts):
            start = self.lower.index(part, end)  # nothing before it is as long
            end = start + len(part)
            found += [match.span() for match in _STRETCH.finditer(self.lower, start, end)]
        return found

    def standing(self, word: str) -> list[tuple[int, int]]:
        """Where a word, in lower case, stands whole, in order."""
        known = self._standing.get(word)
        if known is None:
            known = self._standing[word] = _standing(word, self.lower)
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


def _in_lower_case(text: str) -> str:
    if text.isascii():
        return text.lower()
    lower = _SIGMA.join(map(lowered, text.split(_SIGMA)))
    return WORD.sub(lambda word: lowered(word.group()), lower) if _SIGMA in lower else lower


def _vocabulary(lower: str, raw: bytes) -> frozenset[str]:
    """The words of a text in lower case, from its outline where there is one."""
    return frozenset(outline.words(raw) if raw else WORD.findall(lower))


def _capitals(text: str, raw: bytes) -> tuple[list[tuple[int, str]], bool]:
    """The words that begin like a name, and whether a capital may stand within a word."""
    if raw:
        return outline.capitals(text, raw)
    return [(match.start(), match.group()) for match in _CAPITAL_WORD.finditer(text)], True


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


def spotted(text: str, spots: Spots) -> int:
    """Those of some spots, as bits, at which a number of a text or a window may stand."""
    window = text if type(text) is Window else Window.onto(Whole(text), 0, len(text))
    if len(window) != len(window.whole.text):
        return -1  # a window may begin within a number
    bits = 0
    for _, there in window.whole.spots:
        bits |= spots[there]
    return bits


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
    if not words:
        return []
    if type(text) is not Window:
        text = Window.onto(Whole(text), 0, len(text))
    whole, at, end = text.whole, text.at, text.at + len(text)
    words_said = whole.said(words)
    if not words_said:
        return []
    found = [span for word in words_said for span in whole.standing(word)]
    return sorted([(start - at, stop - at) for start, stop in found if at <= start and stop <= end])


def _standing(word: str, lower: str) -> list[tuple[int, int]]:
    """Where a word stands with neither a letter nor a digit beside it."""
    size = len(word)
    if size <= _PART_OF_MANY:
        return [match.span() for match in _alone(word).finditer(lower)]
    found = []
    start = lower.find(word)
    while start >= 0:
        end = start + size
        if lower[end : end + 1].isalnum() or lower[start - 1 : start].isalnum():
            end = start + 1
        else:
            found.append((start, end))
        start = lower.find(word, end)
    return found


@cache
def _alone(word: str) -> re.Pattern[str]:
    """A word of its own; it begins with what is looked for, so that this is a search."""
    written = re.escape(word)
    return re.compile(rf"{written}(?![^\W_])(?<![^\W_]{written})")


def in_lower_case(text: str) -> str:
    """A text or a window, each word by itself in lower case, as long as before."""
    if type(text) is Window:
        return text.whole.lower[text.at : text.at + len(text)]
    return _in_lower_case(text)


def capital_words(text: str) -> list[tuple[int, str]]:
    """The words of a text, or of a window, that begin like a name, and where they begin."""
    if type(text) is Window and len(text) == len(text.whole.text):
        return text.whole.capitals
    return Whole(text).capitals
