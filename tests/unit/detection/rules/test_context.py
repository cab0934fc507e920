"""Words beside a match."""

import re

from hypothesis import given, strategies as st

from guardrail_gw.core.text import lowered
from guardrail_gw.detection.rules.context import AFTER, BEFORE, listed, near
from guardrail_gw.detection.rules.window import Whole, Window

WORDS = listed("card, tax number, numéro de carte, id, no, steuer-id, İş")
TEXTS = st.lists(
    st.sampled_from(
        [
            *("card", "tax", "number", "tax number", "Numéro de carte", "ID", "xcard", "cards"),
            *(" ", " ", "_", "-", ".", "é", "1", "İş", "Steuer-ID", "padding padding padding "),
        ]
    ),
    max_size=40,
).map("".join)


def plainly(text: str, start: int, end: int) -> bool:
    """The definition: each phrase is looked for among the whole words of either side."""
    low, high = max(0, start - BEFORE), min(len(text), end + AFTER)
    for begins, ends in ((low, start), (end, high)):
        words = [
            lowered(m.group())
            for m in re.finditer(r"[^\W_]+", text)
            if begins <= m.start() and m.end() <= ends
        ]
        if any(phrase in f" {' '.join(words)} " for phrase in WORDS):
            return True
    return False


@given(text=TEXTS, cuts=st.tuples(*[st.integers(0, 300)] * 4))
def test_a_window_and_the_text_give_the_same_answer(
    text: str, cuts: tuple[int, int, int, int]
) -> None:
    """For any text and place, both ways to ask are what the definition says."""
    low, start, end, high = sorted(min(cut, len(text)) for cut in cuts)

    asked = near(text, start, end, WORDS)
    through = near(Window.onto(Whole(text), low, high), start - low, end - low, WORDS)

    assert asked == through == plainly(text, start, end)


def test_words_are_whole_and_phrases_stand_as_they_are() -> None:
    """Part of a word is no context, and the words of a phrase do not count apart."""
    assert near("my card 1234", 8, 12, WORDS)
    assert near("1234 tax number", 0, 4, WORDS)
    assert near("İŞ 1234", 3, 7, WORDS)
    assert not near("my cards 1234", 9, 13, WORDS)
    assert not near("tax 1234 number", 4, 8, WORDS)
