"""Text as it is compared."""

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.text import Segment, SegmentKind, comparable, lowered


@given(text=st.text())
def test_places_in_lower_case_are_places_in_the_text(text: str) -> None:
    """For any text each letter keeps its place, and what is plain is lower case as usual."""
    low = lowered("\u0130" + text)

    assert len(low) == len(text) + 1
    assert lowered(text) == text.lower() or "\u0130" in text


def test_values_compare_without_case_form_and_spacing() -> None:
    """Full width, case and white space do not make another value."""
    assert comparable(" \uff21nna\n  SCHMIDT ") == comparable("anna schmidt")


@pytest.mark.parametrize(
    ("kind", "read"),
    [
        (SegmentKind.PROSE, SegmentKind.EVERYTHING),
        (SegmentKind.EVERYTHING, SegmentKind.EVERYTHING),
        (SegmentKind.KEY, SegmentKind.KEY),
    ],
)
def test_code_is_read_too_where_a_person_wrote(kind: SegmentKind, read: SegmentKind) -> None:
    """Reading code like prose changes how prose is scanned, and keys stay keys."""
    segment = Segment(text="x", kind=kind, place="/p")

    assert segment.with_code() == Segment(text="x", kind=read, place="/p")
