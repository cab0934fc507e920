"""All rules on one text, each where it may find something and nowhere else.

The cost of ordinary prose does not depend on the number of rules: the text is looked through once,
and a rule is called only on the neighbourhoods of what it needs.
"""

import re
from collections.abc import Iterable, Iterator, Sequence, Set as AbstractSet
from itertools import chain

from guardrail_gw.core.text import Finding, lowered
from guardrail_gw.detection import sieve
from guardrail_gw.detection.rules.rule import NOTHING, REACH, Needs, Rule, runs
from guardrail_gw.detection.rules.window import Whole, Window

MARGIN = 16
"""Code points that a rule is shown beyond its reach, for what must not stand beside a finding. What
it finds only there owes itself to the cut."""

_Span = tuple[int, int]
_Key = tuple[int, int]
"""Digits and reach."""


class Ruled:
    """Rules that are run together.

    Args:
        rules: any number.
        automaton: see `sieve.marks`.
    """

    def __init__(self, rules: Sequence[Rule], *, automaton: bool | None = None) -> None:
        self._always = tuple(rule for rule in rules if rule.needs == NOTHING)
        self._needy = tuple(
            (rule, frozenset(rule.needs.marks), frozenset(rule.needs.shapes))
            for rule in rules
            if rule.needs != NOTHING
        )
        self._marks = sieve.marks(chain(*(m for _, m, _ in self._needy)), automaton=automaton)
        self._shapes = sieve.shapes(chain(*(s for _, _, s in self._needy)), automaton=automaton)

    def find(self, text: str) -> list[Finding]:
        """What the rules find, in any order; the same as each of them on the whole text."""
        if not text:
            return []
        hits = _Hits(text, self._marks)
        shapes = self._shapes(text)
        found = [finding for rule in self._always for finding in rule.find(hits.all)]
        for rule, marks, forms in self._needy:
            if (
                rule.needs.digits <= hits.most
                and (not forms or shapes(forms))
                and (not marks or hits.present(marks))
            ):
                for shown in hits.shown(rule.needs, marks):
                    found.extend(shown.found(rule))
        return found


class _Shown:
    """A window, and the part of the text in which findings count."""

    __slots__ = ("_end", "_start", "_window")

    def __init__(self, window: Window, start: int, end: int) -> None:
        self._window = window
        self._start, self._end = start, end

    def found(self, rule: Rule) -> Iterator[Finding]:
        """What `rule` finds here, at its place in the whole text."""
        at = self._window.at
        for finding in rule.find(self._window):
            start, end = at + finding.start, at + finding.end
            if self._start <= start and end <= self._end:
                yield _moved(finding, at) if at else finding


class _Hits:
    """What of all needs stands in one text, and the windows around it."""

    def __init__(self, text: str, look: sieve.Look) -> None:
        self._whole = Whole(text)
        self._lower = lowered(text)
        self.present = look(self._lower)
        self.all = Window.onto(self._whole, 0, len(text))
        self._runs = tuple(runs(text))
        self.most = max((count for _, _, count in self._runs), default=0)
        """Digits of the longest run."""
        self._around_digits: dict[_Key, Sequence[_Shown]] = {}
        self._known: dict[tuple[tuple[_Span, ...], int], Sequence[_Shown]] = {}

    def shown(self, needs: Needs, marks: AbstractSet[str]) -> Sequence[_Shown]:
        """The neighbourhoods of what is needed and there; no two of them overlap."""
        if not needs.digits:
            if needs.reach is None:
                return (_Shown(self.all, 0, len(self.all)),)
            return self._windows(self._places(marks), needs.reach)
        return self._around_runs(needs.digits, REACH if needs.reach is None else needs.reach)

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
                for mark in self.present(marks)
                for match in re.finditer(re.escape(mark), self._lower)
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
