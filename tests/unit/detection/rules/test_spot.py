"""Where numbers may be what rules look for."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings, strategies as st

from guardrail_gw.detection.forms import Group, groups
from guardrail_gw.detection.rules.every import RULES
from guardrail_gw.detection.rules.rule import Rule
from guardrail_gw.detection.rules.spot import ANY, MOST, Spot, Spots, row
from guardrail_gw.detection.rules.window import (
    Whole,
    Window,
    at_numbers,
    numbers,
    spotted,
    whole_of,
)

LED = [rule for rule in RULES if rule.needs.is_led]
NUMBERS = ("1", "7", "12", "123", "2026", "10115", "123456", "1234567", "12345678", "4111111111111")
SIGNS = (*" .,-/:+()#$%'\"_?=\n\u00b0\u00a0\u2013\u20ac  ", ", ", " - ", "  ", ". ")
WORDS = (
    *("a", "A", "at", "\u00e9", "x", "AB", "DE", "March", "years", "old", "tel", "call", "no"),
    *("patient", "IBAN", "Street", "rue", "Via", "AP", "EIR", "st", "h", "pm"),
)
SCRAPS = st.lists(st.sampled_from((*NUMBERS, *NUMBERS, *SIGNS, *WORDS)), max_size=14).map("".join)


class Blurred(Whole):
    """A text of which nothing is told that would rule something out."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.spots = [(start, ANY) for start, _ in self.digits]

    @property
    def kinds(self) -> str:
        """Nothing is known of any character."""
        return ANY * len(super().kinds)


def _window(whole: Whole) -> Window:
    return Window.onto(whole, 0, len(whole.text))


def _examples(rule: Rule) -> st.SearchStrategy[str]:
    """An example of the rule, with scraps around it or in its place."""
    example = st.sampled_from((*rule.valid, *rule.invalid, ""))
    return st.tuples(SCRAPS, example, SCRAPS).map("".join)


@pytest.mark.parametrize("rule", LED, ids=lambda rule: str(rule.name))
@settings(max_examples=40)
@given(data=st.data())
def test_spots_rule_out_nothing_that_a_rule_finds(rule: Rule, data: st.DataObject) -> None:
    """A rule finds the same where it is told of nothing that it cannot be what it looks for."""
    text = data.draw(_examples(rule))

    seen = list(rule.find(_window(Whole(text))))
    blurred = list(rule.find(_window(Blurred(text))))

    assert seen == blurred


def _groups() -> Iterator[Group]:
    return (each for each in groups(list(enumerate(RULES))) if isinstance(each, Group))


GROUPS = tuple(_groups())


@settings(max_examples=150)
@given(data=st.data())
def test_beginnings_rule_out_nothing_that_a_form_finds(data: st.DataObject) -> None:
    """Forms find the same whether or not it is told how the places begin at which they stand."""
    examples = [text for rule in RULES if rule.forms for text in (*rule.valid, *rule.invalid)]
    shown = st.sampled_from([*examples, ""])
    text = data.draw(st.tuples(SCRAPS, shown, SCRAPS, shown).map("".join))

    for group in GROUPS:
        seen = list(group.find(_window(Whole(text)), None))
        blurred = list(group.find(_window(Blurred(text)), None))

        assert seen == blurred


def test_a_spot_tells_by_kinds() -> None:
    """Letters and digits of ASCII are told apart by kind alone, all else by itself."""
    spot = Spot(r"(?<=[A-Z] )9{2}(?!\w)")

    assert numbers("A 12", spot) == numbers("Q 99.", spot) == [2]
    assert numbers("a 12", spot) == numbers("A 123", spot) == numbers("A 12\u00e9", spot) == []


def test_what_has_no_kind_rules_nothing_out() -> None:
    """Beside a character beyond Latin-1, or in a very long number, anything may be."""
    spot = Spot("9{2}x")

    assert numbers("12\u20ac", spot) == [0]
    assert numbers("1" * (MOST + 1), spot) == [0]
    assert numbers("12", spot) == []


def test_either_spot_is_enough() -> None:
    """A number counts where one of several spots would let it."""
    spot = Spot.either(Spot("9(?!9)"), Spot("9{3}(?!9)"))

    assert numbers("1 22 333", spot) == [0, 5]


def test_a_part_of_a_text_rules_nothing_out() -> None:
    """A window may begin within a number, so that all its numbers are looked at."""
    window = Window.onto(Whole("123 45"), 1, 6)
    never = Spot("(?!)")

    assert numbers(window, never) == [0, 3]
    assert [m.group() for m in at_numbers(re.compile("[0-9]+"), window, never)] == ["23", "45"]
    assert whole_of(window).digits == [(0, 2), (3, 5)]


def test_several_spots_are_told_at_once() -> None:
    """Of the numbers of a text together, which spots one of them is at; of a part of it, all."""
    spots = Spots([(1, Spot("9(?!9)")), (2, Spot("9{3}(?!9)")), (4, Spot("9{4}"))])
    part = Window.onto(Whole("1 22 333"), 1, 8)

    assert spotted("1 22 333", spots) == 1 | 2
    assert spotted("none", spots) == 0
    assert spotted(part, spots) == -1


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("12345678 of it", "99999999 aa"),
        ("12.03.2026,then", "99.99.9999,a"),
        ("1 2 3 4 5 6 7 8", "9 9 9 9 9 9 "),
        ("12345678901234 56", "99999999999999 9"),
        ("1" * (MOST + 1), "9" * 12),
        ("5", "9\0\0"),
    ],
)
def test_a_row_is_what_begins_with_a_number(text: str, begins: str) -> None:
    """Numbers in a row within a width, and two signs behind it; of a very long one its head."""
    whole = Whole(text)

    assert row(whole.kinds, whole.digits[0][0]) == begins


def test_spots_remember_little() -> None:
    """What was told of surroundings is forgotten before it grows without bound."""
    spot = Spot("9")
    spots = Spots([(1, spot)])
    for code in range(256, 10_000):
        spots[f"    9{chr(code)}   "]

    assert len(spot) <= 4_096
    assert len(spots) <= 4_096
