"""What of all needs stands in one text, and the windows around it that rules are shown."""

import re
from collections.abc import Iterable, Iterator, Sequence, Set as AbstractSet
from functools import cache, reduce
from operator import or_

from guardrail_gw.core.text import Finding
from guardrail_gw.detection.asked import Asked, Asking, Wanting
from guardrail_gw.detection.rules.rule import REACH, Needs, runs_of
from guardrail_gw.detection.rules.window import Whole, Window

MARGIN = 16
"""Code points that a rule is shown beyond its reach, for what must not stand beside a finding. What
it finds only there owes itself to the cut."""

_MOSTLY = 4
"""A text of at most so many times a reach is shown whole: its windows would be most of it."""

_Span = tuple[int, int]


class Shown:
    """A window, and the part of the text in which findings count."""

    __slots__ = ("_end", "_start", "_wanted", "window")

    def __init__(self, window: Window, start: int, end: int) -> None:
        self.window = window
        self._start, self._end = start, end
        self._wanted: int | None = None

    def wanted(self, wanting: Wanting) -> int:
        """The rules, as bits, for which one of the words that they need stands here."""
        if self._wanted is None:
            said = wanting.keys() & self.window.whole.words(self._start, self._end)
            self._wanted = reduce(or_, [wanting[word] for word in said], 0)
        return self._wanted

    def kept(self, finding: Finding) -> Finding | None:
        """The finding at its place in the whole text; None if it does not count."""
        at = self.window.at
        start, end = at + finding.start, at + finding.end
        if not (self._start <= start and end <= self._end):
            return None
        return _moved(finding, at) if at else finding


class Hits:
    """What of all needs stands in one text, and the windows around it."""

    __slots__ = (
        *("_all", "_asked", "_by_need", "_formed", "_known", "_present", "_runs", "_said"),
        *("_wanted", "_wanting", "_whole", "called", "longest", "most", "window"),
    )

    def __init__(self, whole: Whole, asked: Asked) -> None:
        self._whole = whole
        self._present = asked.present(whole)
        self._said = asked.said(whole)
        self.called = asked.called(whole, (*self._present, *self._said))
        """The rules, as bits, for which a mark, a term or a sign is there, or that need none."""
        self._formed = asked.shapes(whole.text)
        self._asked = asked
        self._wanting: dict[str, int] | None = None
        self._wanted: int | None = None
        size = len(whole.text)
        self.window = Window.onto(whole, 0, size)
        """The whole text."""
        self._all = (Shown(self.window, 0, size),)
        self._runs = tuple(runs_of(whole.text, whole.digits)) if whole.digits else ()
        self.most = max([count for _, _, count in self._runs]) if self._runs else 0
        """Digits of the longest run."""
        stretches = whole.stretches
        self.longest = max([end - start for start, end in stretches]) if stretches else 0
        """Characters of the longest unbroken stretch."""
        self._by_need: dict[tuple[bool, int, int], Sequence[Shown]] = {}
        """Whether unbroken characters are needed or digits, how many, and the reach."""
        self._known: dict[tuple[tuple[_Span, ...], int], Sequence[Shown]] = {}

    @property
    def wanting(self) -> dict[str, int]:
        """Of the words that rules need beside what they find, those that are there."""
        if self._wanting is None:
            rules = self._asked.wanting
            said = self._asked.wanted & self._whole.vocabulary
            self._wanting = {word: rules[word] for word in said}
        return self._wanting

    @property
    def wanted(self) -> int:
        """The rules, as bits, that need them."""
        if self._wanted is None:
            self._wanted = reduce(or_, self.wanting.values(), 0)
        return self._wanted

    def formed(self, shapes: AbstractSet[str]) -> bool:
        """Whether one of the shapes may be there, if there are any."""
        return not shapes or not self._formed.isdisjoint(shapes)

    def shown(self, asking: Asking) -> Sequence[Shown]:
        """The neighbourhoods of what is needed and there; no two of them overlap."""
        needs = asking.needs
        if asking.is_shown_all:
            return self._all
        if needs.unbroken or needs.digits:
            return self.around(needs)
        if needs.reach is None or len(self._whole.text) <= _MOSTLY * needs.reach:
            return self._all
        return self._windows(self._places(asking), needs.reach)

    def around(self, needs: Needs) -> Sequence[Shown]:
        """The neighbourhoods of what is unbroken or, with no need of that, of runs of digits."""
        if needs.is_led:
            return self._all
        least = needs.unbroken or needs.digits
        if needs.unbroken:
            reach = needs.reach or 0
        else:
            reach = REACH if needs.reach is None else needs.reach
        key = bool(needs.unbroken), least, reach
        if key not in self._by_need:
            spans = self._stretches(least) if needs.unbroken else self._digits(least)
            self._by_need[key] = self._windows(tuple(spans), reach)
        return self._by_need[key]

    def _stretches(self, least: int) -> Iterator[_Span]:
        return (span for span in self._whole.stretches if span[1] - span[0] >= least)

    def _digits(self, least: int) -> Iterator[_Span]:
        return ((start, end) for start, end, count in self._runs if count >= least)

    def _windows(self, spans: tuple[_Span, ...], reach: int) -> Sequence[Shown]:
        if (spans, reach) not in self._known:
            self._known[spans, reach] = tuple(self._around(spans, reach))
        return self._known[spans, reach]

    def _places(self, asking: Asking) -> tuple[_Span, ...]:
        """Where its marks, phrases, terms and signs stand, in order."""
        lower = self._whole.lower
        spans: list[_Span] = []
        for mark in (*(self._present & asking.marks), *(self._said & asking.phrases)):
            spans += [match.span() for match in _written(mark).finditer(lower)]
        for term in self._said & asking.terms:
            spans += self._whole.standing(term)
        if asking.sign:
            spans += [match.span() for match in asking.sign.finditer(self._whole.text)]
        return tuple(sorted(spans))

    def _around(self, spans: Iterable[_Span], reach: int) -> Iterator[Shown]:
        """One window for all spans whose windows would overlap."""
        apart = 2 * (reach + MARGIN)
        first, last = -1, -apart - 1
        for start, end in spans:
            if start - last > apart:
                if first >= 0:
                    yield self._shown(first, last, reach)
                first = start
            last = max(last, end)
        if first >= 0:
            yield self._shown(first, last, reach)

    def _shown(self, start: int, end: int, reach: int) -> Shown:
        size = len(self._whole.text)
        low, high = max(0, start - reach), min(size, end + reach)
        window = Window.onto(self._whole, max(0, low - MARGIN), min(size, high + MARGIN))
        return Shown(window, low, high)


@cache
def _written(mark: str) -> re.Pattern[str]:
    return re.compile(re.escape(mark))


def _moved(finding: Finding, by: int) -> Finding:
    return Finding(
        start=finding.start + by,
        end=finding.end + by,
        entity=finding.entity,
        score=finding.score,
        recognizer=finding.recognizer,
    )
