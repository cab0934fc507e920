"""Text that cannot act on a page, and hides nothing."""

import unicodedata

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.console.inert import pieces, plain

ACTING = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


@given(text=st.text(st.characters()))
def test_nothing_that_acts_is_left(text: str) -> None:
    """Whatever was written, no control, mark of direction or invisible character remains."""
    left = {unicodedata.category(c) for c in plain(text)}

    assert not left & ACTING


@given(text=st.text(st.characters(exclude_categories=("C", "Zl", "Zp", "M"))))
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    """Letters, digits, punctuation and spaces of every script are not touched."""
    seen = [p for p in pieces(text) if p.name]

    assert all(p.text.startswith("U+") for p in seen)
    assert plain(text) == text or seen


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "aU+001B[31mb"),
        ("a\u202eb", "aU+202Eb"),
        ("a\u200bb", "aU+200Bb"),
        ("a\x9bb", "aU+009Bb"),
        ("a\U000e0041b", "aU+E0041b"),
        ("a\u3164b", "aU+3164b"),
        ("a\ufe0fb", "aU+FE0Fb"),
        ("a\ud800b", "aU+D800b"),
        ("a\nb", "a\u21b5b"),
        ("Żółć, 漢字, العربية", "Żółć, 漢字, العربية"),
    ],
)
def test_what_would_not_be_seen_is_named(text: str, shown: str) -> None:
    """Escape sequences, direction, nothing-wide and inkless characters have a mark each."""
    assert plain(text) == shown


def test_a_mark_says_what_it_is() -> None:
    """With its number and its name, for who wants to know."""
    (_, mark, _) = pieces("a\u202eb")

    assert mark.name == "U+202E RIGHT-TO-LEFT OVERRIDE"
