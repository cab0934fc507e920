"""What is told of a text from its bytes."""

import re

from hypothesis import given, strategies as st

from guardrail_gw.core.text import lowered
from guardrail_gw.detection.rules.name_shapes import UPPER
from guardrail_gw.detection.rules.outline import (
    UNBROKEN,
    capitals,
    digits,
    may_have_singles,
    outline,
    spaced,
    stretches,
    words,
)

SIGNS = "aB9_ \n\t\u00a0-.@\u00df\u00c9\u00aa\u00b2\x1c"
LATIN = st.text(st.sampled_from(SIGNS) | st.characters(max_codepoint=255), min_size=1, max_size=60)
ANY = st.text(st.sampled_from(SIGNS + "\u0663\u2003\u20ac"), max_size=60)
ROWS = st.lists(st.sampled_from(["a", "bc", "x" * UNBROKEN, " ", "  ", "\n"]), max_size=30).map(
    "".join
)


@given(text=ANY)
def test_digits_are_those_of_ascii(text: str) -> None:
    """In any text, whatever its characters, they stand where a pattern finds them."""
    found = digits(text, outline(text))

    assert found == [match.span() for match in re.finditer("[0-9]+", text)]


@given(text=LATIN)
def test_latin_texts_read_as_patterns_read_them(text: str) -> None:
    """Words, words that begin like a name, and long stretches are those of a pattern."""
    raw = outline(text)

    assert words(raw) == re.findall(r"[^\W_]+", lowered(text))
    assert capitals(text, raw) == (
        [(match.start(), match.group()) for match in re.finditer(rf"(?<!\w){UPPER}\w*", text)],
        re.search(rf"(?!{UPPER})\w{UPPER}", text) is not None,
    )
    assert stretches(raw, spaced(raw)) == [
        match.span() for match in re.finditer(rf"[^\s@]{{{UNBROKEN},}}", text)
    ]


@given(text=ROWS.filter(bool))
def test_a_row_of_single_characters_is_not_missed(text: str) -> None:
    """Where five of them stand one after the other, they may."""
    rows = re.search(r"(?<!\S)\S(?:\s+\S(?!\S)){4}", text)

    assert rows is None or may_have_singles(spaced(outline(text)))


def test_other_scripts_have_no_outline() -> None:
    """A text with one character beyond Latin-1 has none, and one within has."""
    assert not outline("caf\u00e9 \u03b1")
    assert outline("caf\u00e9")
