"""Cutting long texts."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, strategies as st

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.pieces import pieces


@given(text=st.text(alphabet="ab. \n", min_size=150, max_size=600), limit=st.integers(20, 100))
def test_pieces_cover_the_text(text: str, limit: int) -> None:
    """Pieces are within the limit, cover the text, and share what the overlap says."""
    overlap = limit // 5

    cut = list(pieces(text, limit=limit, overlap=overlap))

    assert len(cut) > 1
    assert cut[0].start == cut[0].since == 0
    assert cut[-1].end == cut[-1].until == len(text)
    assert all(piece.end - piece.start <= limit for piece in cut)
    assert all(left.end - right.start == overlap for left, right in pairwise(cut))
    assert all(left.until == right.since for left, right in pairwise(cut))


@given(
    text=st.text(alphabet="ab. \n", min_size=150, max_size=600),
    at=st.integers(0, 140),
    length=st.integers(1, 12),
)
def test_what_is_no_longer_than_the_overlap_is_found_whole(text: str, at: int, length: int) -> None:
    """A span within the overlap's length is placed whole by a piece, wherever it lies."""
    span = Finding(start=at, end=at + length, entity=Entity("X"), score=1.0, recognizer="x")

    placed = {
        found
        for piece in pieces(text, limit=50, overlap=12)
        if piece.start <= span.start and span.end <= piece.end
        for found in piece.placed([_moved(span, -piece.start)])
    }

    assert placed == {span}


def test_what_is_found_next_to_a_cut_does_not_count() -> None:
    """A finding that owes itself to the beginning or the end of a piece is the neighbour's."""
    first, second = list(pieces("x" * 90, limit=50, overlap=12))[:2]
    at_start = Finding(start=0, end=5, entity=Entity("X"), score=1.0, recognizer="x")
    at_end = Finding(start=46, end=50, entity=Entity("X"), score=1.0, recognizer="x")

    counted = [*second.placed([at_start]), *first.placed([at_end])]

    assert counted == []


def _moved(finding: Finding, by: int) -> Finding:
    return replace(finding, start=finding.start + by, end=finding.end + by)


def test_a_paragraph_is_the_best_border() -> None:
    """A text is cut behind a blank line rather than behind a word."""
    text = "a b " * 8 + "\n\n" + "c d " * 20

    first = next(pieces(text, limit=50, overlap=5))

    assert (first.start, first.end) == (0, 34)
