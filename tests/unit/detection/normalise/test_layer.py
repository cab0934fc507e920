"""Rewriting a text and the way back."""

from hypothesis import given, strategies as st

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.normalise.layer import Edit, Layer, rewritten


def layer(text: str, *edits: Edit) -> Layer:
    """A copy that differs."""
    made = rewritten(text, edits)
    assert made is not None
    return made


def test_no_edits_make_no_copy() -> None:
    """A text without edits needs no layer."""
    assert rewritten("text", []) is None


def test_a_rewritten_stretch_counts_as_a_whole() -> None:
    """A span that touches any part of it covers all that it replaced."""
    made = layer("a%C3%A9b", Edit(1, 7, "xyz"))

    assert made.text == "axyzb"
    assert made.span(2, 3) == (1, 7)
    assert made.span(0, 2) == (0, 7)
    assert made.span(3, 5) == (1, 8)
    assert made.span(4, 5) == (7, 8)


def test_what_was_taken_out_is_covered_from_both_sides_only() -> None:
    """A span across a gap covers it, a span beside it does not."""
    made = layer("D E 8", Edit(1, 2, ""), Edit(3, 4, ""))

    assert made.text == "DE8"
    assert made.span(0, 3) == (0, 5)
    assert made.span(0, 1) == (0, 1)
    assert made.span(1, 2) == (2, 3)


def test_a_layer_knows_what_differs() -> None:
    """A rewritten character or a gap within a span is a difference; one beside it is none."""
    made = layer("ab cd-ef", Edit(2, 3, ""), Edit(5, 6, "_"))

    assert made.text == "abcd_ef"
    assert [made.differs(*span) for span in ((0, 2), (1, 3), (2, 4), (3, 5), (5, 7))] == [
        False,
        True,
        False,
        True,
        False,
    ]


def test_only_what_is_near_a_change_is_around_it() -> None:
    """Changes that are near each other share a stretch; far ones have their own."""
    made = layer(
        "a" * 50 + "-" + "b" * 5 + "-" + "c" * 100 + "-", Edit(50, 51, ""), Edit(56, 57, "+")
    )

    assert list(made.around(10)) == [(40, 66)]
    assert list(layer("-" + "a" * 50, Edit(0, 1, "+")).around(10)) == [(0, 11)]


def test_a_finding_keeps_all_but_its_place() -> None:
    """Entity, score and recognizer are those of the copy's finding."""
    there = Finding(start=1, end=2, entity=Entity("X"), score=0.5, recognizer="r")

    back = layer("a--b", Edit(1, 3, "")).original(there)

    assert back == Finding(start=3, end=4, entity=Entity("X"), score=0.5, recognizer="r")


@given(text=st.text(min_size=1, max_size=40), data=st.data())
def test_what_was_kept_maps_to_itself(text: str, data: st.DataObject) -> None:
    """For any edits, a character that was kept is found at its own place."""
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    edits = [
        Edit(start, end, data.draw(st.text(max_size=3)))
        for start, end in zip(cuts[::2], cuts[1::2], strict=False)
    ]
    made = rewritten(text, edits)
    if made is None:
        return

    for index, character in enumerate(made.text):
        start, end = made.span(index, index + 1)
        assert 0 <= start < end <= len(text)
        assert made.differs(index, index + 1) or text[start:end] == character
