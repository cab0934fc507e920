"""Cutting long texts."""

from itertools import pairwise

from hypothesis import given, strategies as st

from guardrail_gw.detection.pieces import pieces


@given(text=st.text(alphabet="ab. \n", min_size=150, max_size=600), limit=st.integers(20, 100))
def test_pieces_cover_the_text(text: str, limit: int) -> None:
    """Pieces are within the limit, cover the text, and share what the overlap says."""
    overlap = limit // 5

    cut = list(pieces(text, limit=limit, overlap=overlap))

    assert len(cut) > 1
    assert cut[0][0] == 0
    assert cut[-1][1] == len(text)
    assert all(end - start <= limit for start, end in cut)
    assert all(left[1] - right[0] == overlap for left, right in pairwise(cut))


def test_a_paragraph_is_the_best_border() -> None:
    """A text is cut behind a blank line rather than behind a word."""
    text = "a b " * 8 + "\n\n" + "c d " * 20

    assert next(pieces(text, limit=50, overlap=5)) == (0, 34)
