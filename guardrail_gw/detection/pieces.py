"""Cutting a long text into overlapping pieces, at a paragraph, line, sentence or word border."""

from collections.abc import Iterator

_BORDERS = ("\n\n", "\n", ". ", " ")


def pieces(text: str, *, limit: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Yield `(start, end)` of pieces of at most `limit` code points that together cover `text`.

    Neighbours share at least `overlap` code points, so what is no longer than that stands whole
    in one piece. `overlap` must be less than a quarter of `limit`.
    """
    start = 0
    while len(text) - start > limit:
        end = _border(text, start + limit // 2, start + limit)
        yield start, end
        start = end - overlap
    yield start, len(text)


def _border(text: str, low: int, high: int) -> int:
    for border in _BORDERS:
        index = text.rfind(border, low, high)
        if index >= 0:
            return index + len(border)
    return high
