"""What all rules need, gathered so that a text is looked through once for all of them.

Sets of rules are kept as numbers: a bit for each rule, by its place among them.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set as AbstractSet
from functools import reduce
from itertools import chain
from operator import or_
from typing import NamedTuple

from guardrail_gw.core.text import Finding
from guardrail_gw.detection import sieve
from guardrail_gw.detection.rules.other_scripts import has_other_script
from guardrail_gw.detection.rules.rule import Needs, Rule
from guardrail_gw.detection.rules.window import Whole


class Asking(NamedTuple):
    """A rule and what it needs, as it is looked for."""

    number: int
    find: Callable[[str], Iterable[Finding]]
    needs: Needs
    is_shown_all: bool
    """Whether it is shown the whole text in any case."""
    has_words: bool
    bit: int
    """Of the rule in a set of rules."""
    marks: frozenset[str]
    terms: frozenset[str]
    shapes: frozenset[str]
    sign: re.Pattern[str] | None
    """All signs as one."""


Wanting = Mapping[str, int]
"""A word -> the rules, as bits, that need it, among others, beside what they find."""


class Asked(NamedTuple):
    """What any rule needs."""

    free: int
    """Rules that need no mark, term or sign,"""
    free_in_latin: int
    """those of them that may find something in Latin letters,"""
    calling: Mapping[str, int]
    """those for which a mark or a term is enough,"""
    signed: Sequence[tuple[int, Callable[[str], object]]]
    """and those for which a sign is, too, with what looks for it."""
    marks: sieve.Look
    """Marks without white space in them, and a part of those that have some,"""
    marks_of_codes: sieve.Look
    """those of them that count only where a text has something unbroken in it,"""
    spaced: Mapping[str, Sequence[str]]
    """and the marks with white space by their part."""
    terms: frozenset[str]
    shapes: sieve.Look
    wanting: Wanting

    def present(self, whole: Whole) -> AbstractSet[str]:
        """The marks that stand in a text."""
        present = self.marks(whole.once)
        if whole.stretches:
            present |= self.marks_of_codes(whole.once)
        if parts := self.spaced.keys() & present:
            spaced = chain(*(self.spaced[part] for part in parts))
            present |= {mark for mark in spaced if mark in whole.lower}
        return present

    def called(self, text: str, said: Iterable[str]) -> int:
        """The rules that a mark or a term that is `said`, or a sign, calls, or that need none."""
        called = self.free if has_other_script(text) else self.free_in_latin
        for each in said:
            called |= self.calling.get(each, 0)
        for bit, search in self.signed:
            if not called & bit and search(text):
                called |= bit
        return called


def asked(rules: Sequence[Rule], asking: Sequence[Asking], *, automaton: bool | None) -> Asked:
    """What these rules need.

    Args:
        rules: all of them, in order.
        asking: those of them that have no forms.
        automaton: see `sieve.marks`.
    """
    marks = frozenset(chain(*(each.marks for each in asking)))
    anywhere = frozenset(chain(*(each.marks for each in asking if not each.needs.unbroken)))
    free = [each for each in asking if not each.needs.is_marked]
    return Asked(
        free=bits(free),
        free_in_latin=bits(each for each in free if not each.needs.is_beyond_latin),
        calling=_calling(asking),
        signed=tuple((each.bit, each.sign.search) for each in asking if each.sign),
        marks=sieve.marks(map(_longest_part, anywhere), automaton=automaton),
        marks_of_codes=sieve.marks(map(_longest_part, marks - anywhere), automaton=automaton),
        spaced=_spaced(marks),
        terms=frozenset(chain(*(each.terms for each in asking))),
        shapes=sieve.shapes(chain(*(each.shapes for each in asking)), automaton=automaton),
        wanting=_wanting(enumerate(rules)),
    )


def asking_of(number: int, rule: Rule) -> Asking:
    """A rule, by its place among all, as it is looked for."""
    needs = rule.needs
    marks, terms, shapes = map(frozenset, (needs.marks, needs.terms, needs.shapes))
    is_placed = needs.unbroken or needs.digits or needs.reach is not None
    is_shown_all = needs.is_led or not (is_placed or needs.shapes)
    return Asking(
        number=number,
        bit=1 << number,
        find=rule.find,
        needs=needs,
        is_shown_all=is_shown_all,
        has_words=bool(needs.words),
        marks=marks,
        terms=terms,
        shapes=shapes,
        sign=re.compile("|".join(needs.signs)) if needs.signs else None,
    )


def _longest_part(mark: str) -> str:
    """The longest part between white space; of most marks, the mark."""
    return max(mark.split(), key=len)


def _spaced(marks: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """The longest part of each mark with white space in it, with the marks that have it."""
    spaced: dict[str, list[str]] = {}
    for mark in sorted(marks):
        if any(map(str.isspace, mark)):
            spaced.setdefault(_longest_part(mark), []).append(mark)
    return spaced


def bits(asking: Iterable[Asking]) -> int:
    """The set of these rules."""
    return reduce(or_, (each.bit for each in asking), 0)


def _calling(asking: Iterable[Asking]) -> Mapping[str, int]:
    calling: dict[str, int] = {}
    for each in asking:
        for said in each.marks | each.terms:
            calling[said] = calling.get(said, 0) | each.bit
    return calling


def _wanting(rules: Iterable[tuple[int, Rule]]) -> Wanting:
    wanting: dict[str, int] = {}
    for number, rule in rules:
        for word in rule.needs.words:
            wanting[word] = wanting.get(word, 0) | 1 << number
    return wanting
