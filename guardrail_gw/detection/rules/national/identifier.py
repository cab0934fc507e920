"""An identifier as data: how it is written, what checks it, what stands beside it.

A shape is a regular expression in which `#` is a digit, `@` a letter, `~` a letter or digit and
`_` a separator that may be left out; every letter stands for both of its cases. Its first element
is one character (a class counts as one), so that the search for it is a scan for that class.
"""

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.context import Words, listed, near
from guardrail_gw.detection.rules.rule import NAMED_REACH, Accept, Form, Needs, Rule

Check = Callable[[str], object]
"""Whether a number in upper case and without separators is one: true or false."""

TAX = "tax number, tax no, tax id, tax identification number, taxpayer, tin"
"""What a tax number is called in English, whatever its country."""

REACH = 32
"""Code points of a number, its separators included, beyond the run of its digits."""
WEAK = 0.05
"""From this chance on a match without context says nothing."""
UNBROKEN_WEAK = 0.02
"""From this chance on a bare run of digits says little: timestamps and counters are such runs."""
DOUBTFUL = 0.35
"""The most that a weak check gives without context."""

_TIERS = ((0.005, 0.85, 0.95), (0.015, 0.75, 0.9), (WEAK, 0.6, 0.85), (1.0, 0.0, 0.75))
"""Chance below, score alone, score beside a context word."""
_UNCHECKED = (0.0, 0.6)
"""The scores of what has a shape only."""

BEFORE = r"(?<![\w+].)(?<![0-9]\..)(?<![0-9A-Fa-f]{4}-.)"
"""After the first character: it begins a word, no decimals, no later group of a UUID."""
_BEHIND = r"(?!\w|-\w|[.:][0-9])"
"""Nothing goes on: no longer run, no further group, no decimals, no time of day."""
_TOKEN = re.compile(r"\[[^\]]*\]|[A-Z#@~_]")
_CLASSES = {
    "#": "[0-9]",
    "@": "[A-Za-z]",
    "~": "[0-9A-Za-z]",
    "_": "[ ./\u2010\u2011\u2012\u2013-]?",
}
_SEPARATORS = " ./\u2010\u2011\u2012\u2013-"
_GROUP_BEFORE, _GROUP_BEHIND = re.compile("[0-9] "), re.compile(" [0-9]")
_HEAD = re.compile(r"(\[[^\]]*\]|.)(?:\{(\d+)(?:,(\d+))?\})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """One identifier of persons; `rule` makes it a detector."""

    entity: str
    country: str | None
    """ISO 3166-1 alpha-2."""
    shapes: tuple[str, ...]
    digits: int
    """So many digits at least stand in every match."""
    words: str
    """Context words with commas between them."""
    check: Check | None = None
    chance: float | None = None
    """Share of random strings of these shapes that pass the check, as measured."""
    alone: float | None = None
    """Score without context, where it does not follow from the chance."""
    unbroken: float | None = None
    """The same for a bare run of digits."""
    beside: float | None = None
    """Score next to a context word, where it does not follow from the chance."""
    separators: str = _SEPARATORS
    """Characters that are no part of the number."""
    upper: bool = False
    """Without context only upper case counts."""
    valid: tuple[str, ...]
    invalid: tuple[str, ...]

    @property
    def scores(self) -> tuple[float, float, float]:
        """Alone, alone as a bare run of digits, beside a context word."""
        alone, beside = _UNCHECKED if self.chance is None else _tier(self.chance)
        alone = alone if self.alone is None else self.alone
        unbroken = alone
        if self.unbroken is not None:
            unbroken = self.unbroken
        elif self.chance is not None and self.chance >= UNBROKEN_WEAK:
            unbroken = min(alone, DOUBTFUL)
        return alone, unbroken, beside if self.beside is None else self.beside

    def patterns(self) -> tuple[re.Pattern[str], ...]:
        """What finds candidates, one per shape."""
        return tuple(map(standing_alone, self.shapes))

    def passes(self, written: str) -> bool:
        """Whether a candidate is a number of this kind."""
        number = compact(written, self.separators)
        if len(set(number)) == 1:
            return False
        return self.check is None or bool(self.check(number))

    @property
    def rule(self) -> Rule:
        """The detector."""
        alone, unbroken, _ = self.scores
        words = () if alone or unbroken else _deciding(self.words)
        forms = tuple(Form(shape=shape, accept=_accept(self)) for shape in self.shapes)
        return Rule(
            name=self.entity.lower(),
            entities=frozenset({Entity(self.entity)}),
            find=functools.partial(find_forms, forms),
            needs=Needs(digits=self.digits, words=words, reach=NAMED_REACH if words else REACH),
            forms=forms,
            country=self.country,
            chance=self.chance,
            valid=self.valid,
            invalid=self.invalid,
        )


def compact(written: str, separators: str = _SEPARATORS) -> str:
    """A number in upper case and without separators."""
    return written.upper().translate(_without(separators))


@functools.cache
def _without(separators: str) -> Mapping[int, None]:
    return dict.fromkeys(map(ord, separators))


@functools.cache
def standing_alone(shape: str) -> re.Pattern[str]:
    """A shape's pattern, compiled when a text first needs it: there are many, and texts few."""
    return re.compile(guarded(shape))


def guarded(shape: str) -> str:
    """The regular expression of a shape that stands on its own."""
    first, rest = parted(shape)
    return first + BEFORE + rest


def parted(shape: str) -> tuple[str, str]:
    """The regular expressions of a shape's first character and of the rest, to its border."""
    head = _HEAD.match(shape)
    if head is None or head.group() == "(":
        raise ValueError("a shape begins with one character or class")
    first, least, most = head.groups()
    more = ""
    if least:
        more = f"{first}{{{int(least) - 1},{int(most or least) - 1}}}"
    return expanded(first), expanded(more + shape[head.end() :]) + _BEHIND


def expanded(shape: str) -> str:
    """The regular expression of a shape."""
    return _TOKEN.sub(_both_cases, shape)


def _both_cases(token: re.Match[str]) -> str:
    written = token.group()
    if written in _CLASSES:
        return _CLASSES[written]
    inner = written.strip("[]")
    return f"[{inner}{inner.lower()}]" if inner.lower() != inner else written


def _tier(chance: float) -> tuple[float, float]:
    return next((alone, beside) for below, alone, beside in _TIERS if chance < below)


@functools.cache
def _words(words: str) -> Words:
    return listed(words)


def _deciding(words: str) -> tuple[str, ...]:
    """One word of each phrase: without it the phrase does not stand in a text."""
    return tuple(sorted({max(phrase.split(), key=len) for phrase in _words(words)}))


def find_forms(forms: Sequence[Form], text: str) -> Iterator[Finding]:
    """Yield what forms find, one by one."""
    for form in forms:
        for match in standing_alone(form.shape).finditer(text):
            if found := form.accept(text, *match.span()):
                yield found


def _accept(identifier: Identifier) -> Accept:
    entity, name = Entity(identifier.entity), identifier.entity.lower()
    alone, unbroken, beside = identifier.scores

    def score(text: str, start: int, end: int) -> float:
        if near(text, start, end, _words(identifier.words)):
            return beside
        if not (alone or unbroken):
            return 0.0
        written = text[start:end]
        if _crowded(text, start, end) or (identifier.upper and not written.isupper()):
            return 0.0
        return unbroken if written.isdecimal() else alone

    def accept(text: str, start: int, end: int) -> Finding | None:
        likely = score(text, start, end)
        if not likely or not identifier.passes(text[start:end]):
            return None
        return Finding(start=start, end=end, entity=entity, score=likely, recognizer=name)

    return accept


def _crowded(text: str, start: int, end: int) -> bool:
    """Whether groups of digits are a part of a longer row of groups."""
    if " " not in text[start:end]:
        return False
    before, behind = text[max(0, start - 2) : start], text[end : end + 2]
    return bool(_GROUP_BEFORE.fullmatch(before) or _GROUP_BEHIND.fullmatch(behind))
