"""All rules on one text, each where it may find something and nowhere else.

The cost of ordinary prose does not depend on the number of rules: the text is looked through once,
and a rule is called only on the neighbourhoods of what it needs.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set as AbstractSet
from functools import cache
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

_MOSTLY = 4
"""A text of at most so many times a reach is shown whole: its windows would be most of it."""

_EMPTY: frozenset[int] = frozenset()
_Span = tuple[int, int]


class _Asking(NamedTuple):
    """A rule and what it needs, as it is looked for."""

    number: int
    rule: Rule
    needs: Needs
    marks: frozenset[str]
    terms: frozenset[str]
    shapes: frozenset[str]
    signs: tuple[re.Pattern[str], ...]


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
        marks = frozenset(chain(*(each.marks for each in asking)))
        spaced = frozenset(mark for mark in marks if any(map(str.isspace, mark)))
        self._all = _All(
            free=frozenset(each.number for each in asking if not each.needs.is_marked),
            calling=_calling(asking),
            signed=tuple(each for each in asking if each.signs),
            marks=sieve.marks(marks - spaced, automaton=automaton),
            spaced=sieve.marks(spaced, automaton=automaton),
            terms=frozenset(chain(*(each.terms for each in asking))),
            shapes=sieve.shapes(chain(*(each.shapes for each in asking)), automaton=automaton),
            wanting=_wanting(numbered),
        )

    def find(self, text: str) -> list[Finding]:
        """What the rules find, in their order; the same as each of them on the whole text."""
        return self.find_in(Whole(text)) if text else []

    def find_in(self, whole: Whole) -> list[Finding]:
        """The same for a text, not empty, that others look at as well."""
        hits = _Hits(whole, self._all)
        found = [*_asked(self._plain, hits)]
        if hits.most:
            found += _asked(self._digital, hits)
            found += self._formed(hits)
            found.sort(key=itemgetter(0))
        return [finding for _, finding in found]

    def _formed(self, hits: "_Hits") -> Iterator[tuple[int, Finding]]:
        """What the rules with forms find."""
        for group in self._groups:
            needs = group.needs
            if not hits.meet(needs) or (needs.words and hits.wanted.isdisjoint(group.numbers)):
                continue
            for shown in hits.around(needs):
                wanted = shown.wanted(hits.wanting) if needs.words else None
                if wanted is None or wanted:
                    for number, finding in group.find(shown.window, wanted):
                        if kept := shown.kept(finding):
                            yield number, kept


def _asked(asking: Iterable[_Asking], hits: "_Hits") -> Iterator[tuple[int, Finding]]:
    """What rules without forms find, with their numbers."""
    called = hits.called
    for each in [each for each in asking if each.number in called]:
        number, rule, needs = each[:3]
        if needs.words and number not in hits.wanted:
            continue
        if hits.meet(needs) and hits.formed(each.shapes):
            for shown in hits.shown(each):
                if not needs.words or number in shown.wanted(hits.wanting):
                    for finding in rule.find(shown.window):
                        if kept := shown.kept(finding):
                            yield number, kept


_Wanting = Mapping[str, frozenset[int]]
"""A word -> the numbers of the rules that need it, among others, beside what they find."""


class _All(NamedTuple):
    """What any rule needs."""

    free: frozenset[int]
    """Rules that need no mark, term or sign,"""
    calling: Mapping[str, frozenset[int]]
    """those for which a mark or a term is enough,"""
    signed: Sequence[_Asking]
    """and those for which a sign is, too."""
    marks: sieve.Look
    """Marks without white space in them,"""
    spaced: sieve.Look
    """and those with it."""
    terms: frozenset[str]
    shapes: sieve.Look
    wanting: _Wanting


def _asking(number: int, rule: Rule) -> _Asking:
    needs = rule.needs
    marks, terms, shapes = map(frozenset, (needs.marks, needs.terms, needs.shapes))
    return _Asking(number, rule, needs, marks, terms, shapes, tuple(map(re.compile, needs.signs)))


def _calling(asking: Iterable[_Asking]) -> Mapping[str, frozenset[int]]:
    calling: dict[str, set[int]] = {}
    for each in asking:
        for said in each.marks | each.terms:
            calling.setdefault(said, set()).add(each.number)
    return {said: frozenset(numbers) for said, numbers in calling.items()}


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

    def __init__(self, whole: Whole, needed: _All) -> None:
        self._whole = whole
        self._present = needed.marks(whole.once) | needed.spaced(whole.lower)
        self._said = needed.terms & whole.vocabulary
        calling = [needed.calling[said] for said in (*self._present, *self._said)]
        self.called = needed.free.union(*calling)
        """The rules for which a mark, a term or a sign is there, or that need none."""
        self.called |= {each.number for each in needed.signed if self._is_signed(each)}
        self._formed = needed.shapes(whole.text)
        self.wanting = {
            word: needed.wanting[word] for word in needed.wanting.keys() & whole.vocabulary
        }
        """Of the words that rules need beside what they find, those that are there."""
        self.wanted = _EMPTY.union(*self.wanting.values())
        """The rules that need them."""
        size = len(whole.text)
        self._all = (_Shown(Window.onto(whole, 0, size), 0, size),)
        self._runs = tuple(runs(whole.text))
        self.most = max([count for _, _, count in self._runs], default=0)
        """Digits of the longest run."""
        self._longest = max([end - start for start, end in whole.stretches], default=0)
        self._by_digits: dict[_Span, Sequence[_Shown]] = {}
        """Digits and reach -> the windows."""
        self._by_length: dict[_Span, Sequence[_Shown]] = {}
        """Unbroken characters and reach -> the windows."""
        self._known: dict[tuple[tuple[_Span, ...], int], Sequence[_Shown]] = {}

    def meet(self, needs: Needs) -> bool:
        """Whether as many digits and unbroken characters as are needed are there."""
        return needs.digits <= self.most and needs.unbroken <= self._longest

    def _is_signed(self, asking: _Asking) -> bool:
        """Whether one of the signs is there, where nothing else calls the rule."""
        return asking.number not in self.called and any(
            sign.search(self._whole.text) for sign in asking.signs
        )

    def formed(self, shapes: AbstractSet[str]) -> bool:
        """Whether one of the shapes may be there, if there are any."""
        return not shapes or not self._formed.isdisjoint(shapes)

    def shown(self, asking: _Asking) -> Sequence[_Shown]:
        """The neighbourhoods of what is needed and there; no two of them overlap."""
        needs = asking.needs
        if needs.unbroken or needs.digits:
            return self.around(needs)
        if needs.reach is None or len(self._whole.text) <= _MOSTLY * needs.reach:
            return self._all
        return self._windows(self._places(asking), needs.reach)

    def around(self, needs: Needs) -> Sequence[_Shown]:
        """The neighbourhoods of what is unbroken or, with no need of that, of runs of digits."""
        if needs.unbroken:
            return self._around_stretches(needs)
        return self._around_digits(needs)

    def _around_stretches(self, needs: Needs) -> Sequence[_Shown]:
        least, reach = needs.unbroken, needs.reach or 0
        if (least, reach) not in self._by_length:
            spans = tuple(span for span in self._whole.stretches if span[1] - span[0] >= least)
            self._by_length[least, reach] = self._windows(spans, reach)
        return self._by_length[least, reach]

    def _around_digits(self, needs: Needs) -> Sequence[_Shown]:
        digits, reach = needs.digits, REACH if needs.reach is None else needs.reach
        if (digits, reach) not in self._by_digits:
            spans = tuple((start, end) for start, end, count in self._runs if count >= digits)
            self._by_digits[digits, reach] = self._windows(spans, reach)
        return self._by_digits[digits, reach]

    def _windows(self, spans: tuple[_Span, ...], reach: int) -> Sequence[_Shown]:
        if (spans, reach) not in self._known:
            self._known[spans, reach] = tuple(self._around(spans, reach))
        return self._known[spans, reach]

    def _places(self, asking: _Asking) -> tuple[_Span, ...]:
        """Where its marks, terms and signs stand, in order."""
        lower = self._whole.lower
        spans: list[_Span] = []
        for mark in self._present & asking.marks:
            spans += [match.span() for match in _written(mark).finditer(lower)]
        for term in self._said & asking.terms:
            spans += [match.span() for match in _standing(term).finditer(lower)]
        for sign in asking.signs:
            spans += [match.span() for match in sign.finditer(self._whole.text)]
        return tuple(sorted(spans))

    def _around(self, spans: Iterable[_Span], reach: int) -> Iterator[_Shown]:
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

    def _shown(self, start: int, end: int, reach: int) -> _Shown:
        size = len(self._whole.text)
        low, high = max(0, start - reach), min(size, end + reach)
        window = Window.onto(self._whole, max(0, low - MARGIN), min(size, high + MARGIN))
        return _Shown(window, low, high)


@cache
def _written(mark: str) -> re.Pattern[str]:
    return re.compile(re.escape(mark))


@cache
def _standing(term: str) -> re.Pattern[str]:
    """A term as a word of its own; it begins with what is looked for, so that this is a search."""
    written = re.escape(term)
    return re.compile(rf"{written}(?![^\W_])(?<![^\W_]{written})")


def _moved(finding: Finding, by: int) -> Finding:
    return Finding(
        start=finding.start + by,
        end=finding.end + by,
        entity=finding.entity,
        score=finding.score,
        recognizer=finding.recognizer,
    )
