"""Where an answer goes on: nothing is said twice, and nothing that is said twice is lost."""

import pytest
from hypothesis import example, given, settings, strategies as st

from guardrail_gw.dialects.continuation.seam import (
    LONGEST,
    SHORTEST,
    Joint,
    Misaligned,
    Seam,
    anchor_of,
)

WORDS = st.sampled_from(["ha ", "ha", "the ", "cat. ", "\n\n", " ", "ä", "PERSON_7K2QX9MD", "1. "])
TEXTS = st.lists(WORDS, min_size=1, max_size=60).map("".join)
SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=8)


def pieces(text: str, sizes: list[int]) -> list[str]:
    """The text, cut into such pieces, again and again."""
    cut, at, turn = [], 0, 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        cut.append(text[at : at + size])
        at, turn = at + size, turn + 1
    return cut


def joined(seam: Seam, text: str, sizes: list[int]) -> str:
    """What the client has when the text has gone on."""
    joint = Joint(seam)
    more = "".join([joint.feed(piece) for piece in pieces(text, sizes)])
    joint.end()
    return seam.said + more


@settings(max_examples=300)
@given(text=TEXTS, cut=st.integers(0, 400), sizes=SIZES)
@example(text="ha ha ha ha ha ha ha ha ha ha ha ha ha ha", cut=20, sizes=[1])
@example(text="a\n\n- b", cut=2, sizes=[1])
def test_a_prefilled_text_is_gone_on_with(text: str, cut: int, sizes: list[int]) -> None:
    """At every cut: the text is whole, whatever in it is there twice."""
    seam = Seam(text[:cut])

    assert joined(seam, text[len(seam.given) :], sizes) == text


@settings(max_examples=500)
@given(
    text=TEXTS, cut=st.integers(1, 400), sizes=SIZES, before=st.integers(0, 99), lead=st.booleans()
)
@example(text="ha ha ha ha ha ha ha ha ha ha ha ha ha ha", cut=33, sizes=[1], before=0, lead=True)
def test_a_prompted_text_is_gone_on_with(
    text: str, cut: int, sizes: list[int], before: int, *, lead: bool
) -> None:
    """At every cut, whether the model repeats the anchor alone or more of the end."""
    said = text[:cut]
    anchor = anchor_of(said)
    if anchor is None:
        assert not said.strip()
        return
    seam = Seam(said, anchor)
    start = max(len(seam.given) - len(anchor) - before, len(said) - len(said.lstrip()))
    repeated = text[start:].lstrip() if start else text.lstrip()

    assert joined(seam, "\n" * lead + repeated, sizes) == text


@given(text=TEXTS)
def test_an_anchor_stands_in_its_text_once(text: str) -> None:
    """So that there is one way to lay an answer over the end."""
    anchor = anchor_of(text)

    if anchor is not None:
        stripped = text.strip()
        assert stripped.endswith(anchor)
        assert stripped.find(anchor) == len(stripped) - len(anchor)
        assert len(anchor) >= min(SHORTEST, len(stripped))


def test_what_repeats_itself_for_too_long_has_no_anchor() -> None:
    """Nobody could say where such a text goes on."""
    assert anchor_of("ha " * LONGEST) is None
    assert anchor_of(" \n") is None


@pytest.mark.parametrize(
    "answer",
    [
        "Certainly! The quick brown fox jumps over the lazy dog and",
        "over the lazy cat and",
        "and then it sleeps",
        "fox",
        "",
        "quick brown fox jumps over the lazy dig",
    ],
)
def test_what_begins_otherwise_is_not_shown(answer: str) -> None:
    """Comments, other words, the anchor left out or cut short: none of it goes on with the text."""
    said = "The quick brown fox jumps over the lazy dog"
    joint = Joint(Seam(said, anchor_of(said) or ""))

    with pytest.raises(Misaligned):
        for piece in answer:
            assert not joint.feed(piece)
        joint.end()


def test_a_repetition_within_the_text_is_no_overlap() -> None:
    """The next verse may begin as the last one ended."""
    said = "Row, row, row your boat, gently down the stream. Merrily, merrily"
    seam = Seam(said, anchor_of(said) or "")
    joint = Joint(seam)

    assert joint.feed(seam.anchor + ", merrily, merrily") == ", merrily, merrily"
    assert joint.is_over
    assert joint.feed(seam.anchor) == seam.anchor
