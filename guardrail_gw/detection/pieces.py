"""Cutting a long text into overlapping pieces, at a paragraph, line, sentence or word border."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from guardrail_gw.core.text import Finding

_BORDERS = ("\n\n", "\n", ". ", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """`text[start:end]`, and what of it counts.

    Where two pieces overlap, each is believed in the half that is farther from its own end: there
    it sees as much on either side as if the text had not been cut. What lies across the middle
    both may find.
    """

    start: int
    end: int
    since: int
    """Findings that end here or before are the piece's before."""
    until: int
    """Findings that begin here or behind are the piece's behind."""

    def placed(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """The findings of the piece that count, at their place in the whole text."""
        since, until = self.since - self.start, self.until - self.start
        for finding in findings:
            if finding.end > since and finding.start < until:
                yield Finding(
                    start=self.start + finding.start,
                    end=self.start + finding.end,
                    entity=finding.entity,
                    score=finding.score,
                    recognizer=finding.recognizer,
                )


def pieces(text: str, *, limit: int, overlap: int) -> Iterator[Piece]:
    """Yield pieces of at most `limit` code points that together cover `text`.

    Neighbours share `overlap` code points, so what is no longer than that stands whole in one
    piece. `overlap` must be less than a quarter of `limit`.
    """
    start = since = 0
    while len(text) - start > limit:
        end = _border(text, start + limit // 2, start + limit)
        until = end - overlap // 2
        yield Piece(start=start, end=end, since=since, until=until)
        start, since = end - overlap, until
    yield Piece(start=start, end=len(text), since=since, until=len(text))


def _border(text: str, low: int, high: int) -> int:
    for border in _BORDERS:
        index = text.rfind(border, low, high)
        if index >= 0:
            return index + len(border)
    return high
