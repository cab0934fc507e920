"""All rules on one text, each where it may find something and nowhere else.

The cost of ordinary prose does not depend on the number of rules: the text is looked through once,
and a rule is called only on the neighbourhoods of what it needs.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set as AbstractSet
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

from guardrail_gw.core.text import Finding
from guardrail_gw.detection import sieve
from guardrail_gw.detection.forms import groups
from guardrail_gw.detection.rules.rule import REACH, Needs, Rule, runs
from guardrail_gw.detection.rules.window import Whole, Window

MARGIN = 16
"""Code points that a rule is shown beyond its reach, for what must not stand beside a finding. What
it finds only there owes itself to the cut."""

_Span = tuple[int, int]


class _Asking(NamedTuple):
    """A rule and what it needs, as sets."""

    number: int
    rule: Rule
    needs: Needs
    marks: frozenset[str]
    shapes: frozenset[str]


class Ruled:
    """Rules that are run together.

    Args:
        rules: any number.
        automaton: see `sieve.marks`.
    """

    def __init__(self, rules: Sequence[Rule], *, automaton: bool | None = None) -> None:
        numbered = list(enumerate(rules))
        asking = [_asking(number, rule) for number, rule in numbered if not rule.forms]
        self._plain = [each for each in asking if not each.needs.digits]
        self._digital = [each for each in asking if each.needs.digits]
        self._groups = tuple(groups(numbered))
        self._wanting = _wanting(numbered)
        self._marks = sieve.marks(chain(*(each.marks for each in asking)), automaton=automaton)
        self._shapes = sieve.shapes(chain(*(each.shapes for each in asking)), automaton=automaton)

    def find(self, text: str) -> list[Finding]:
        """What the rules find, in their order; the same as each of them on the whole text."""
        return self.find_in(Whole(text)) if text else []

    def find_in(self, whole: Whole) -> list[Finding]:
        """The same for a text, not empty, that others look at as well."""
        hits = _Hits(whole, self._marks, self._shapes)
        found = [*_asked(self._plain, hits, self._wanting)]
        if hits.most:
            found += _asked(self._digital, hits, self._wanting)
            found += self._formed(hits)
            found.sort(key=itemgetter(0))
        return [finding for _, finding in found]

    def _formed(self, hits: "_Hits") -> Iterator[tuple[int, Finding]]:
        """What the rules with forms find."""
        for group in self._groups:
            if group.needs.digits > hits.most:
                continue
            for shown in hits.shown(group.needs, frozenset()):
                wanted = shown.wanted(self._wanting) if group.needs.words else None
                if wanted is None or wanted:
                    for number, finding in group.find(shown.window, wanted):
                        if kept := shown.kept(finding):
                            yield number, kept


def _asked(
    asking: Iterable[_Asking], hits: "_Hits", wanting: "_Wanting"
) -> Iterator[tuple[int, Finding]]:
    """What rules without forms find, with their numbers."""
    for number, rule, needs, marks, shapes in asking:
        if hits.meet(needs, marks, shapes):
            for shown in hits.shown(needs, marks):
                if not needs.words or number in shown.wanted(wanting):
                    for finding in rule.find(shown.window):
                        if kept := shown.kept(finding):
                            yield number, kept


_Wanting = Mapping[str, frozenset[int]]
"""A word -> the numbers of the rules that need it, among others, beside what they find."""


def _asking(number: int, rule: Rule) -> _Asking:
    marks, shapes = map(frozenset, (rule.needs.marks, rule.needs.shapes))
    return _Asking(number, rule, rule.needs, marks, shapes)


def _wanting(rules: Iterable[tuple[int, Rule]]) -> _Wanting:
    wanting: dict[str, set[int]] = {}
    for number, rule in rules:
        for word in rule.needs.words:
            wanting.setdefault(word, set()).add(number)
    return {word: frozenset(numbers) for word, numbers in wanting.items()}


class _Shown:
    """A window, and the part of the text in which findings count."""

    __slots__ = ("_end", "_start", "_wanted", "window")

    def __init__(self, window: Window, start: int, end: int) -> None:
        self.window = window
        self._start, self._end = start, end
        self._wanted: AbstractSet[int] | None = None

    def wanted(self, wanting: _Wanting) -> AbstractSet[int]:
        """The rules for which one of the words that they need stands here."""
        if self._wanted is None:
            words = wanting.keys() & self.window.whole.words(self._start, self._end)
            self._wanted = frozenset().union(*[wanting[word] for word in words])
        return self._wanted

    def kept(self, finding: Finding) -> Finding | None:
        """The finding at its place in the whole text; None if it does not count."""
        at = self.window.at
        start, end = at + finding.start, at + finding.end
        if not (self._start <= start and end <= self._end):
            return None
        return _moved(finding, at) if at else finding


class _Hits:
    """What of all needs stands in one text, and the windows around it."""

    def __init__(self, whole: Whole, marks: sieve.Look, shapes: sieve.Look) -> None:
        self._whole = whole
        self._present = marks(whole.lower)
        self._formed = shapes(whole.text)
        self.all = Window.onto(whole, 0, len(whole.text))
        self._runs = tuple(runs(whole.text))
        self.most = max((count for _, _, count in self._runs), default=0)
        """Digits of the longest run."""
        self._longest = max((end - start for start, end in whole.stretches), default=0)
        self._around_digits: dict[_Span, Sequence[_Shown]] = {}
        """Digits and reach -> the windows."""
        self._known: dict[tuple[tuple[_Span, ...], int], Sequence[_Shown]] = {}

    def meet(self, needs: Needs, marks: AbstractSet[str], shapes: AbstractSet[str]) -> bool:
        """Whether all that is needed, but for words, may be there."""
        return (
            needs.digits <= self.most
            and needs.unbroken <= self._longest
            and (not shapes or bool(self._formed(shapes)))
            and (not marks or bool(self._present(marks)))
        )

    def shown(self, needs: Needs, marks: AbstractSet[str]) -> Sequence[_Shown]:
        """The neighbourhoods of what is needed and there; no two of them overlap."""
        if needs.digits:
            return self._around_runs(needs.digits, REACH if needs.reach is None else needs.reach)
        if needs.unbroken:
            spans = tuple(
                span for span in self._whole.stretches if span[1] - span[0] >= needs.unbroken
            )
            return self._windows(spans, needs.reach or 0)
        if needs.reach is None:
            return (_Shown(self.all, 0, len(self.all)),)
        return self._windows(self._places(marks), needs.reach)

    def _around_runs(self, digits: int, reach: int) -> Sequence[_Shown]:
        if (digits, reach) not in self._around_digits:
            spans = tuple((start, end) for start, end, count in self._runs if count >= digits)
            self._around_digits[digits, reach] = self._windows(spans, reach)
        return self._around_digits[digits, reach]

    def _windows(self, spans: tuple[_Span, ...], reach: int) -> Sequence[_Shown]:
        if (spans, reach) not in self._known:
            self._known[spans, reach] = tuple(self._around(spans, reach))
        return self._known[spans, reach]

    def _places(self, marks: AbstractSet[str]) -> tuple[_Span, ...]:
        """Where those of `marks` that are there stand, in order."""
        return tuple(
            sorted(
                match.span()
                for mark in self._present(marks)
                for match in re.finditer(re.escape(mark), self._whole.lower)
            )
        )

    def _around(self, spans: Iterable[_Span], reach: int) -> Iterator[_Shown]:
        """One window for all spans whose windows would overlap."""
        far = reach + MARGIN
        first, last = None, 0
        for start, end in spans:
            if first is not None and start - last > 2 * far:
                yield self._shown(first, last, reach)
                first = None
            first, last = start if first is None else first, max(last, end)
        if first is not None:
            yield self._shown(first, last, reach)

    def _shown(self, start: int, end: int, reach: int) -> _Shown:
        low, high = max(0, start - reach), min(len(self.all), end + reach)
        window = Window.onto(self._whole, max(0, low - MARGIN), min(len(self.all), high + MARGIN))
        return _Shown(window, low, high)


def _moved(finding: Finding, by: int) -> Finding:
    return Finding(
        start=finding.start + by,
        end=finding.end + by,
        entity=finding.entity,
        score=finding.score,
        recognizer=finding.recognizer,
    )
