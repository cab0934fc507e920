"""A long text is scanned in overlapping pieces, and what they show becomes the text's findings."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from guardrail_gw.core.text import Finding, SegmentKind
from guardrail_gw.detection.merge import merge
from guardrail_gw.detection.pieces import Piece, pieces

if TYPE_CHECKING:
    from guardrail_gw.detection.engine import Engine

PIECE, PIECE_OVERLAP = 16_384, 2_048
"""Code points of one text in a frame; the overlap is longer than any key or token but a PEM key,
whose rule knows its halves."""

Part = tuple[Piece, Sequence[Finding]]


def cut(text: str) -> list[Piece]:
    """The pieces in which a text is scanned; one for a short text."""
    return list(pieces(text, limit=PIECE, overlap=PIECE_OVERLAP))


def joined(text: str, parts: Iterable[Part]) -> list[Finding]:
    """The findings of a text, from those of its pieces."""
    return merge(text, (f for piece, found in parts for f in piece.placed(found)))


def scan(
    engine: "Engine",
    texts: Sequence[str],
    kind: SegmentKind = SegmentKind.PROSE,
    countries: frozenset[str] = frozenset(),
) -> list[list[Finding]]:
    """What a gateway's detectors find in each text, here and now; see `Engine.scan`."""
    cuts = [cut(text) for text in texts]
    todo = [
        (text[piece.start : piece.end], kind)
        for text, parts in zip(texts, cuts, strict=True)
        for piece in parts
    ]
    found = iter(engine.scan(todo, countries))
    return [
        next(found) if len(parts) == 1 else joined(text, [(piece, next(found)) for piece in parts])
        for text, parts in zip(texts, cuts, strict=True)
    ]
