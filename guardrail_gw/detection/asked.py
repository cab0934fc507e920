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
from guardrail_gw.detection.rules.spot import Spots
from guardrail_gw.detection.rules.window import Whole


class Asking(NamedTuple):
    """A rule and what it needs, as it is looked for."""

    number: int
    find: Callable[[str], Iterable[Finding]]
    needs: Needs
    is_shown_all: bool
    """Whether it is shown the whole text in any case,"""
    is_shown_always: bool
    """and whenever it is called: it needs no words."""
    has_words: bool
    bit: int
    """Of the rule in a set of rules."""
    marks: frozenset[str]
    terms: frozenset[str]
    phrases: frozenset[str]
    shapes: frozenset[str]
    sign: re.Pattern[str] | None
    """All signs as one."""


Wanting = Mapping[str, int]
"""A word -> the rules, as bits, that need it, among others, beside what they find."""


class Asked(NamedTuple):
    """What any rule needs."""

    capital: int
    """Rules that need a capital, whatever else they need,"""
    beyond_latin: int
    """and those that need a letter that no Latin alphabet has."""
    free: int
    """Rules that need no mark, term, phrase, sign or spot,"""
    calling: Mapping[str, int]
    """those for which a mark, a term or a phrase is enough,"""
    signed: Sequence[tuple[int, Callable[[str], object]]]
    """those for which a sign is, too, with what looks for it,"""
    spotted: Spots
    """and those for which a number is, by its surroundings."""
    marks: sieve.Look
    """Marks without white space in them, and a part of those that have some,"""
    marks_of_codes: sieve.Look
    """those of them that count only where a text has something unbroken in it,"""
    spaced: Mapping[str, Sequence[str]]
    """and the marks with white space by their part."""
    terms: frozenset[str]
    """Terms, and the first words of phrases,"""
    phrases: Mapping[str, Sequence[str]]
    """and the phrases by these."""
    shapes: sieve.Look
    wanting: Wanting
    wanted: frozenset[str]
    """The words of it."""

    def present(self, whole: Whole) -> AbstractSet[str]:
        """The marks that stand in a text."""
        present = self.marks(whole.once)
        if whole.stretches:
            present |= self.marks_of_codes(whole.once)
        if present and (parts := self.spaced.keys() & present):
            spaced = chain(*(self.spaced[part] for part in parts))
            present |= {mark for mark in spaced if mark in whole.lower}
        return present

    def said(self, whole: Whole) -> AbstractSet[str]:
        """The terms and phrases that stand in a text."""
        said = self.terms & whole.vocabulary
        begun = [phrase for word in said for phrase in self.phrases.get(word, ())]
        return said.union([phrase for phrase in begun if phrase in whole.lower]) if begun else said

    def called(self, whole: Whole, said: Iterable[str]) -> int:
        """The rules that something `said` or marked, a sign or a number calls, or nothing."""
        text = whole.text
        called = self.free
        for _, around in whole.spots:
            called |= self.spotted[around]
        for each in said:
            called |= self.calling.get(each, 0)
        for bit, search in self.signed:
            if not called & bit and search(text):
                called |= bit
        if not whole.has_capital:
            called &= ~self.capital
        return called if has_other_script(text) else called & ~self.beyond_latin


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
    wanting = _wanting(enumerate(rules))
    phrases = _by_part(chain(*(each.phrases for each in asking)), _first_word)
    return Asked(
        free=bits(free),
        capital=bits(each for each in asking if each.needs.has_capital),
        beyond_latin=bits(each for each in asking if each.needs.is_beyond_latin),
        calling=_calling(asking),
        signed=tuple((each.bit, each.sign.search) for each in asking if each.sign),
        spotted=Spots(
            (each.bit, each.needs.spot) for each in asking if each.needs.spot is not None
        ),
        marks=sieve.marks(map(_longest_part, anywhere), automaton=automaton),
        marks_of_codes=sieve.marks(map(_longest_part, marks - anywhere), automaton=automaton),
        spaced=_by_part(filter(_is_spaced, marks), _longest_part),
        terms=frozenset(chain(phrases, *(each.terms for each in asking))),
        phrases=phrases,
        shapes=sieve.shapes(chain(*(each.shapes for each in asking)), automaton=automaton),
        wanting=wanting,
        wanted=frozenset(wanting),
    )


def asking_of(number: int, rule: Rule) -> Asking:
    """A rule, by its place among all, as it is looked for."""
    needs = rule.needs
    marks, terms, phrases, shapes = map(
        frozenset, (needs.marks, needs.terms, needs.phrases, needs.shapes)
    )
    is_placed = needs.unbroken or needs.digits or needs.reach is not None
    is_shown_all = needs.is_led or not (is_placed or needs.shapes)
    return Asking(
        number=number,
        bit=1 << number,
        find=rule.find,
        needs=needs,
        is_shown_all=is_shown_all,
        is_shown_always=is_shown_all and not needs.words,
        has_words=bool(needs.words),
        marks=marks,
        terms=terms,
        phrases=phrases,
        shapes=shapes,
        sign=re.compile("|".join(needs.signs)) if needs.signs else None,
    )


def _longest_part(mark: str) -> str:
    """The longest part between white space; of most marks, the mark."""
    return max(mark.split(), key=len)


def _first_word(phrase: str) -> str:
    return phrase.split(maxsplit=1)[0]


def _is_spaced(mark: str) -> bool:
    return any(map(str.isspace, mark))


def _by_part(marks: Iterable[str], part: Callable[[str], str]) -> Mapping[str, Sequence[str]]:
    """The marks by a part of them that is looked for first."""
    parted: dict[str, list[str]] = {}
    for mark in sorted(marks):
        parted.setdefault(part(mark), []).append(mark)
    return parted


def bits(asking: Iterable[Asking]) -> int:
    """The set of these rules."""
    return reduce(or_, (each.bit for each in asking), 0)


def _calling(asking: Iterable[Asking]) -> Mapping[str, int]:
    calling: dict[str, int] = {}
    for each in asking:
        for said in each.marks | each.terms | each.phrases:
            calling[said] = calling.get(said, 0) | each.bit
    return _shared(calling)


def _wanting(rules: Iterable[tuple[int, Rule]]) -> Wanting:
    wanting: dict[str, int] = {}
    for number, rule in rules:
        for word in rule.needs.words:
            wanting[word] = wanting.get(word, 0) | 1 << number
    return _shared(wanting)


def _shared(sets: Mapping[str, int]) -> Mapping[str, int]:
    """The same; what is equal is there once: many words have the same few rules."""
    known: dict[int, int] = {}
    return {word: known.setdefault(each, each) for word, each in sets.items()}
