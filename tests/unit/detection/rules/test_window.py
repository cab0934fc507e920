"""What rules are shown of a text."""

from hypothesis import given, strategies as st

from guardrail_gw.detection.rules.window import UNBROKEN, Whole

PARTS = st.lists(
    st.sampled_from(
        ["a", "1", "xyz", "-" * 9, " ", "\n", "\t", "\u00a0", "\u2003", "\x1c", "\u00e9"]
    )
).map("".join)


@given(text=PARTS)
def test_stretches_are_the_long_words(text: str) -> None:
    """They are what white space leaves of a text, where that is long enough, in order."""
    stretches = Whole(text).stretches

    words = [text[start:end] for start, end in stretches]
    assert words == [word for word in text.split() if len(word) >= UNBROKEN]
    assert stretches == sorted(stretches)


def test_a_sigma_is_lowered_as_in_its_own_word() -> None:
    """What stands behind a word does not change its letters: `\u039f\u0394\u039f\u03a3.\u0391`."""
    whole = Whole("\u039f\u0394\u039f\u03a3.\u0391 12")

    assert whole.words(0, 9) == ["\u03bf\u03b4\u03bf\u03c2", "\u03b1", "12"]
