"""What rules are shown of a text."""

import re
import sys

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.detection.rules.name_shapes import UPPER
from guardrail_gw.detection.rules.outline import UNBROKEN
from guardrail_gw.detection.rules.window import (
    Whole,
    Window,
    at_numbers,
    capital_words,
    numbers,
    standing,
)

PARTS = st.lists(
    st.sampled_from(
        ["a", "1", "xyz", "-" * 9, " ", "@", "\n", "\t", "\u00a0", "\u2003", "\x1c", "\u00e9"]
    )
).map("".join)


@given(text=PARTS)
def test_stretches_are_the_long_words(text: str) -> None:
    """They are what white space and `@` leave of a text, where that is long enough, in order."""
    stretches = Whole(text).stretches

    words = [text[start:end] for start, end in stretches]
    assert words == [word for word in text.replace("@", " ").split() if len(word) >= UNBROKEN]
    assert stretches == sorted(stretches)


def test_a_sigma_is_lowered_as_in_its_own_word() -> None:
    """What stands behind a word does not change its letters: `\u039f\u0394\u039f\u03a3.\u0391`."""
    whole = Whole("\u039f\u0394\u039f\u03a3.\u0391 12")

    assert whole.words(0, 9) == ["\u03bf\u03b4\u03bf\u03c2", "\u03b1", "12"]


def test_capital_words_begin_with_a_capital_of_any_script() -> None:
    """Every character that may begin a name begins a word, and no other one does."""
    capital = re.compile(UPPER)
    signs = [chr(code) for code in range(sys.maxunicode + 1)]

    found = {word for _, word in Whole(" ".join(signs)).capitals}

    assert found == {sign for sign in signs if capital.match(sign)}


def test_capital_words_have_their_places() -> None:
    """In a text, in all of it as a window, and in a part of it; none begins within a word."""
    whole = Whole("so Anna_B met McNeil, \u0141ukasz")
    expected = [(3, "Anna_B"), (14, "McNeil"), (22, "\u0141ukasz")]

    assert whole.capitals == capital_words(whole.text) == expected
    assert capital_words(Window.onto(whole, 0, len(whole.text))) == expected
    assert capital_words(Window.onto(whole, 10, 20)) == [(4, "McNeil")]


def test_words_stand_whole_and_within_the_window() -> None:
    """In a text and in a window, words are told where they stand by themselves and uncut, in order.

    A window knows the words of all of its text.
    """
    whole = Whole("Her name renamed her, her surname")
    words = frozenset({"her", "name", "is"})
    cut = Window.onto(whole, 0, 24)

    assert standing(whole.text, words) == [(0, 3), (4, 8), (17, 20), (22, 25)]
    assert standing(cut, words) == [(0, 3), (4, 8), (17, 20)]
    assert standing(Window.onto(whole, 1, 33), words) == [(3, 7), (16, 19), (21, 24)]
    assert cut.whole.vocabulary == {"her", "name", "renamed", "surname"}


@given(text=st.text(st.sampled_from("019a. \n\u00e9\u0663"), max_size=30), cut=st.integers(0, 9))
def test_digits_are_those_of_ascii(text: str, cut: int) -> None:
    """In any text their places are what a pattern finds, in a part of it those that it shows."""
    whole = Whole(text)
    window = Window.onto(whole, min(cut, len(text)), max(cut, len(text) - 1))
    digits = re.compile("[0-9]+")

    assert whole.digits == [match.span() for match in digits.finditer(text)]
    assert numbers(window) == [match.start() for match in digits.finditer(window)]


@pytest.mark.parametrize(
    "pattern", [r"[0-9](?<![\w.].)[0-9]{0,2}(?:\.[0-9])*", r"[0-9]+[a-z]?/?[0-9]*"]
)
@given(text=st.text(st.sampled_from("01a./ "), max_size=24), cut=st.integers(0, 6))
def test_at_numbers_are_all_matches(pattern: str, text: str, cut: int) -> None:
    """Trying where digits begin gives what a search of the text gives, in a window as well."""
    numbers = re.compile(rf"(?<![0-9])(?={pattern}){pattern}")
    window = Window.onto(Whole(text), min(cut, len(text)), len(text))

    for shown in (text, window):
        tried = [match.span() for match in at_numbers(re.compile(pattern), shown)]
        assert tried == [match.span() for match in numbers.finditer(shown)]
