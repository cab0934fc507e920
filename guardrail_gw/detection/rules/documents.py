"""Rules for numbers of documents: shapes per country, which count only beside the document's name.

These numbers carry no check digit, or a weak one, and their shapes are those of order numbers. The
name may be in any language, since a German passport is spoken of in every language.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from guardrail_gw.core.text import Entity, Finding, lowered
from guardrail_gw.detection.rules.context import AFTER, BEFORE, Words, near, phrases
from guardrail_gw.detection.rules.rule import NAMED_REACH, Needs, Rule

SCORE = 0.7
_LEAST_DIGITS = 2
_LONGEST = NAMED_REACH - BEFORE
"""Code points that no number and no phrase exceeds."""


def document_rule(
    *,
    name: str,
    entity: str,
    shapes: Mapping[str, str],
    words: str,
    examples: tuple[tuple[str, ...], tuple[str, ...]],
) -> Rule:
    """Make a rule.

    Args:
        name: the recognizer's.
        entity: what it finds.
        shapes: ISO country code -> pattern of its numbers, in capital letters.
        words: what the document is called, in any language, with commas between.
        examples: texts in which the rule finds something, and texts in which it does not.
    """
    called = phrases(words.split(","))
    return Rule(
        name=name,
        entities=frozenset({Entity(entity)}),
        find=_Finder(name, Entity(entity), shapes, called).find,
        needs=Needs(digits=1, words=first_words(called), reach=NAMED_REACH),
        valid=examples[0],
        invalid=examples[1],
    )


def first_words(words: Words) -> tuple[str, ...]:
    """The first word of each phrase: one of them stands in every text with a phrase."""
    return tuple(sorted({phrase.split()[0] for phrase in words}))


class _Finder:
    """One kind of document's shapes, compiled."""

    def __init__(self, name: str, entity: Entity, shapes: Mapping[str, str], words: Words) -> None:
        any_of = "|".join(sorted(set(shapes.values()), key=lambda shape: (-len(shape), shape)))
        self._number = re.compile(rf"(?<![\w-])(?:{any_of})(?![\w-])", re.IGNORECASE)
        self._name, self._entity, self._words = name, entity, words
        self._first = first_words(words)

    def find(self, text: str) -> Iterator[Finding]:
        """Yield each number of a shape beside a word for the document."""
        for begin, stop in _windows(lowered(text), self._first):
            for match in self._number.finditer(text, begin, stop):
                start, end = match.span()
                digits = sum(character.isdigit() for character in match.group())
                if digits >= _LEAST_DIGITS and near(text, start, end, self._words):
                    yield Finding(
                        start=start,
                        end=end,
                        entity=self._entity,
                        score=SCORE,
                        recognizer=self._name,
                    )


def _windows(low: str, words: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where a number can stand beside one of `words`: in order, without overlap."""
    places = sorted(place for word in words if word in low for place in _places(low, word))
    begin = stop = 0
    for place in places:
        if place - AFTER - _LONGEST > stop:
            if stop:
                yield begin, stop
            begin = place - AFTER - _LONGEST
        begin = max(begin, 0)
        stop = place + BEFORE + 2 * _LONGEST
    if stop:
        yield begin, stop


def _places(text: str, word: str) -> Iterator[int]:
    place = text.find(word)
    while place >= 0:
        yield place
        place = text.find(word, place + 1)
