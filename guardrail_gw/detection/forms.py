"""The written forms of all identifiers, looked for together.

There are some hundred and fifty of them, and each begins where a word begins, with a digit or with
a letter that has a digit soon behind it. Such places are few. What each of them begins like, in
kinds of characters, rules out most forms (`beginnings.py`); the others are tried there, so that a
text is looked through once and not once for each.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from enum import Enum, auto
from functools import reduce
from operator import or_
from typing import NamedTuple

from guardrail_gw.core.text import Finding
from guardrail_gw.detection.beginnings import Beginnings
from guardrail_gw.detection.elements import STRUCTURE, elements
from guardrail_gw.detection.rules import spot
from guardrail_gw.detection.rules.national.identifier import standing_alone
from guardrail_gw.detection.rules.outline import UNBROKEN
from guardrail_gw.detection.rules.rule import Accept, Form, Needs, Rule
from guardrail_gw.detection.rules.window import whole_of

_OF_DIGITS = re.compile(r"#|[0-9]|\[[0-9-]+\]")
_OF_LETTERS = re.compile(r"@|[A-Za-z]|\[[A-Za-z-]+\]")
_REMEMBERED = 4_096
"""What stands before numbers and was told of."""
_LOOK_BEHIND = 2
"""Characters before a form that may rule it out."""
_BEGINS_WORD = re.compile(rf"(?:[A-Za-z](?<![\w+].)(?<![0-9]\..)|{re.escape(spot.ANY)})")
"""In kinds: where a form may begin, or there is no telling."""
_BEGINS_NUMBER = spot.Spot(r"(?<![\w+])(?<![0-9]\.)9")
"""The same of a number."""


class _Kind(Enum):
    """How a form begins."""

    DIGIT = auto()
    LETTER = auto()
    """And a digit follows within a known distance."""
    OTHER = auto()


class _Member(NamedTuple):
    number: int
    """The rule's."""
    form: Form
    needs: Needs


class Group:
    """Forms that are tried at the same places.

    Args:
        members: forms with the number and the needs of their rules.
        before: the most characters before their first digit; none where they begin with it.
    """

    def __init__(self, members: Sequence[_Member], *, before: int = 0) -> None:
        takers: dict[str, list[tuple[int, int, Accept]]] = {}
        for number, form, _ in members:
            takers.setdefault(form.shape, []).append((number, 1 << number, form.accept))
        self.needs = _together([member.needs for member in members])
        self.bits = reduce(or_, (1 << member.number for member in members))
        self._takers = tuple((standing_alone(shape), some) for shape, some in takers.items())
        self._beginnings = Beginnings(tuple(takers))
        self._before = before
        self._words: dict[str, tuple[tuple[int, tuple[int, ...]], ...]] = {}
        """What stands before a number and how it begins, in kinds -> how far before it forms may
        begin, each distance with those that may."""

    def find(self, text: str, wanted: int | None) -> Iterator[tuple[int, Finding]]:
        """Yield what the forms of the `wanted` rules, as bits, or of all accept, by number."""
        done: dict[int, int] = {}
        for start, may_be in self._places(text):
            for at in may_be:
                pattern, takers = self._takers[at]
                if start >= done.get(at, 0) and (match := pattern.match(text, start)):
                    done[at] = match.end()  # as if this form were looked for by itself
                    for number, bit, accept in takers:
                        is_wanted = wanted is None or bit & wanted
                        if is_wanted and (found := accept(text, *match.span())):
                            yield number, found

    def _places(self, text: str) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Where forms may begin, and which of them."""
        whole = whole_of(text)
        kinds = whole.kinds
        if not self._before:
            for start, around in whole.spots:
                if _BEGINS_NUMBER[around]:
                    yield start, self._beginnings[spot.row(kinds, start)]
            return
        for start, _ in whole.digits:
            first = spot.PAD + start - self._before - _LOOK_BEHIND
            there = kinds[first : spot.PAD + start] + spot.row(kinds, start)
            for back, may_be in self._back(there):
                yield start - back, may_be

    def _back(self, there: str) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """How many characters before a number, farthest first, which of the forms may begin."""
        known = self._words.get(there)
        if known is None:
            if len(self._words) >= _REMEMBERED:
                self._words.clear()
            known = self._words[there] = tuple(self._begun(there))
        return known

    def _begun(self, there: str) -> Iterator[tuple[int, tuple[int, ...]]]:
        first = self._before + _LOOK_BEHIND
        for begins in _BEGINS_WORD.finditer(there, _LOOK_BEHIND, first):
            if may_be := self._beginnings[there[begins.start() :]]:
                yield first - begins.start(), may_be


class Lone:
    """A form that is tried by itself."""

    def __init__(self, member: _Member) -> None:
        self._number, form, needs = member
        unbroken = 0 if needs.words else _unbroken(form.shape)
        self.needs = replace(needs, unbroken=unbroken, reach=0) if unbroken else needs
        self.bits = 1 << self._number
        self._accept, self._pattern = form.accept, standing_alone(form.shape)

    def find(self, text: str, wanted: int | None) -> Iterator[tuple[int, Finding]]:
        """See `Group.find`."""
        if wanted is None or self.bits & wanted:
            for match in self._pattern.finditer(text):
                if found := self._accept(text, *match.span()):
                    yield self._number, found


def groups(rules: Iterable[tuple[int, Rule]]) -> Iterator[Group | Lone]:
    """Yield the forms of numbered rules in groups, those that need a word beside them apart."""
    sorted_in: dict[tuple[bool, _Kind], list[_Member]] = {}
    for number, rule in rules:
        for form in rule.forms:
            key = bool(rule.needs.words), _kind(form)
            sorted_in.setdefault(key, []).append(_Member(number, form, rule.needs))
    for (_, kind), members in sorted_in.items():
        forms = [member.form for member in members]
        if kind is _Kind.OTHER:
            yield from map(Lone, members)
        elif kind is _Kind.LETTER:
            before = max(_until_digit(form) or 0 for form in forms)
            yield Group(members, before=before)
        else:
            yield Group(members)


def _together(needs: Sequence[Needs]) -> Needs:
    """What one of these needs, at the least.

    They are tried where digits are, wherever that is in the text.
    """
    words = tuple(sorted({word for each in needs for word in each.words}))
    return Needs(
        digits=1 if words else min(each.digits for each in needs),
        words=words,
        is_led=True,
    )


def _kind(form: Form) -> _Kind:
    first = elements(form.shape)[0].sign
    if _OF_DIGITS.fullmatch(first):
        return _Kind.DIGIT
    is_letter = _OF_LETTERS.fullmatch(first) and _until_digit(form) is not None
    return _Kind.LETTER if is_letter else _Kind.OTHER


def _until_digit(form: Form) -> int | None:
    """The most characters before a digit that is certainly there; None if there is no telling."""
    if form.until_digit is not None:
        return form.until_digit
    count = 0
    for sign, least, most in elements(form.shape):
        if sign in STRUCTURE:
            return None
        if least and _OF_DIGITS.fullmatch(sign):
            return count
        count += most
    return None


def _unbroken(shape: str) -> int:
    """How long it is at the least, if white space can be nowhere in it and that says anything."""
    signs = elements(shape)
    if any(e.sign in STRUCTURE or e.sign == "_" or " " in e.sign for e in signs):
        return 0
    least = sum(each.least for each in signs)
    return least if least >= UNBROKEN else 0
