"""The written forms of all identifiers, looked for together.

There are some hundred and fifty of them, and each begins where a word begins, with a digit or with
a letter that has a digit soon behind it. Such places are few. One pattern finds them and tries
there all forms that begin alike, so that a text is looked through once and not once for each.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from enum import Enum, auto
from functools import reduce
from operator import or_
from typing import NamedTuple

from guardrail_gw.core.text import Finding
from guardrail_gw.detection.rules.national.identifier import BEFORE, parted, standing_alone
from guardrail_gw.detection.rules.rule import Accept, Form, Needs, Rule
from guardrail_gw.detection.rules.window import UNBROKEN, at_numbers, numbers

_SEPARATORS = " ./+\u2010\u2011\u2012\u2013-"
_ELEMENT = re.compile(
    r"(?P<sign>\[[^\]]*\]|\\.|[^\[\\])(?:\{(?P<least>\d+)(?:,(?P<most>\d+))?\}|(?P<maybe>\?))?"
)
_OF_DIGITS = re.compile(r"#|[0-9]|\[[0-9-]+\]")
_OF_LETTERS = re.compile(r"@|[A-Za-z]|\[[A-Za-z-]+\]")
_OF_SEPARATORS = re.compile(rf"_|\[[{re.escape(_SEPARATORS)}]+\]")
_STRUCTURE = frozenset("(|)")
_DIGIT = "[0-9]"
_MANY = 6
"""Digits in a row, but for separators, that most forms begin with."""


class _Kind(Enum):
    """How a form begins."""

    DIGITS = auto()
    """With many digits."""
    DIGIT = auto()
    LETTER = auto()
    """And a digit follows within a known distance."""
    OTHER = auto()


class _Element(NamedTuple):
    sign: str
    least: int
    most: int


class _Member(NamedTuple):
    number: int
    """The rule's."""
    form: Form
    needs: Needs


class Group:
    """Forms that are tried at the same places.

    Args:
        members: forms with the number and the needs of their rules.
        first: what all of them begin with: one character.
        ahead: what follows wherever one of them stands.
        before: the most characters before their first digit.
    """

    def __init__(
        self, members: Sequence[_Member], first: str, ahead: str, *, before: int = 0
    ) -> None:
        takers: dict[tuple[str, str], list[tuple[int, int, Accept]]] = {}
        for number, form, _ in members:
            takers.setdefault(parted(form.shape), []).append((number, 1 << number, form.accept))
        self.needs = _together([member.needs for member in members])
        self.bits = reduce(or_, (1 << member.number for member in members))
        self._takers = tuple(takers.values())
        tried = "".join(
            f"(?:{'' if begins == first else f'(?<={begins})'}(?=({rest}))|)"
            for begins, rest in takers
        )
        self._pattern = re.compile(first + BEFORE + ahead + tried)
        self._before = before
        self._begins = re.compile(first + BEFORE)

    def find(self, text: str, wanted: int | None) -> Iterator[tuple[int, Finding]]:
        """Yield what the forms of the `wanted` rules, as bits, or of all accept, by number."""
        done: dict[int, int] = {}
        for match in self._ahead(text) if self._before else at_numbers(self._pattern, text):
            start = match.start()
            for at in range(match.lastindex or 0):
                end = match.end(at + 1)
                if end >= 0 and start >= done.get(at, 0):
                    done[at] = end  # as if this form were looked for by itself
                    for number, bit, accept in self._takers[at]:
                        if (wanted is None or bit & wanted) and (found := accept(text, start, end)):
                            yield number, found

    def _ahead(self, text: str) -> Iterator[re.Match[str]]:
        """Where one may begin, which is before digits."""
        done = 0
        for at in numbers(text):
            for begins in self._begins.finditer(text, max(done, at - self._before), at):
                if match := self._pattern.match(text, begins.start()):
                    yield match
            done = at


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
            yield Group(members, "[A-Za-z]", _digit_within(before), before=before)
        else:
            yield Group(members, _DIGIT, _digits_ahead(forms))


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
    first = _elements(form.shape)[0].sign
    if _OF_DIGITS.fullmatch(first):
        return _Kind.DIGITS if _leading_digits(form.shape) >= _MANY else _Kind.DIGIT
    is_letter = _OF_LETTERS.fullmatch(first) and _until_digit(form) is not None
    return _Kind.LETTER if is_letter else _Kind.OTHER


def _digits_ahead(forms: Sequence[Form]) -> str:
    """The digits behind the first one that each of these forms begins with."""
    more = min(_leading_digits(form.shape) for form in forms) - 1
    return rf"(?=(?:[{re.escape(_SEPARATORS)}]?[0-9]){{{more}}})"


def _digit_within(before: int) -> str:
    """A digit, behind at most so many characters, of which the first has been seen."""
    return rf"(?=[^\n]{{0,{before - 1}}}?[0-9])"


def _leading_digits(shape: str) -> int:
    """The fewest digits that it begins with, with separators between at most."""
    count = 0
    for sign, least, _ in _elements(shape):
        if _OF_DIGITS.fullmatch(sign):
            count += least
        elif least or not _OF_SEPARATORS.fullmatch(sign):
            break
    return count


def _until_digit(form: Form) -> int | None:
    """The most characters before a digit that is certainly there; None if there is no telling."""
    if form.until_digit is not None:
        return form.until_digit
    count = 0
    for sign, least, most in _elements(form.shape):
        if sign in _STRUCTURE:
            return None
        if least and _OF_DIGITS.fullmatch(sign):
            return count
        count += most
    return None


def _unbroken(shape: str) -> int:
    """How long it is at the least, if white space can be nowhere in it and that says anything."""
    elements = _elements(shape)
    if any(e.sign in _STRUCTURE or e.sign == "_" or " " in e.sign for e in elements):
        return 0
    least = sum(each.least for each in elements)
    return least if least >= UNBROKEN else 0


def _elements(shape: str) -> list[_Element]:
    """Its signs, each with how often it may be repeated; brackets count as signs."""
    found = []
    for match in _ELEMENT.finditer(shape):
        is_optional = match["maybe"] or match["sign"] == "_"
        least = 0 if is_optional else int(match["least"] or 1)
        found.append(_Element(match["sign"], least, int(match["most"] or match["least"] or 1)))
    return found
