"""What of a log's folder is not with the collector yet, found from the files alone.

Nothing is held in memory but places: the checkpoints of the next parcel, and where its records lie.
The writer goes on meanwhile; what its last checkpoint covers does not change any more.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from guardrail_gw.audit.frame import FRAME_HEAD, MAX_FRAME, CorruptError, TornError
from guardrail_gw.audit.note import SignedCheckpoint, parse_checkpoints
from guardrail_gw.audit.parcel import MAX_POINTS, PARCEL_BYTES, Parcel
from guardrail_gw.audit.record import MAX_LEAF, RecordError, parse
from guardrail_gw.audit.segments import (
    CHECKPOINTS,
    SEGMENT,
    Span,
    extend,
    segment_firsts,
    segment_name,
)

_READ = 64 * 1024
_UNCOUNTED = 8  # length and crc of a frame


class AheadError(RecordError):
    """The collector has more of this log than its folder: the folder may be an older copy."""


class GoneError(RecordError):
    """What the collector lacks is no longer in the log's folder."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Between two records."""

    seq: int
    first: int
    """Of the segment."""
    at: int
    """Byte in it."""


class Unsent:
    """Reads on from where a collector stands. One caller at a time."""

    def __init__(self, directory: Path) -> None:
        """Call `resume` before `parcel`."""
        self._directory = directory
        self._place = self._next = _Place(0, 0, 0)
        self._points = (0, 0)
        """Of the checkpoint file that is read: the segment's first index, and from which byte."""

    def resume(self, size: int) -> None:
        """Begin behind the first `size` records.

        Raises:
            AheadError: the folder has fewer.
            GoneError: the folder begins behind them.
            RecordError, OSError: it cannot be read.
        """
        firsts = segment_firsts(self._directory)
        found = bisect_right(firsts, size)
        if not found:
            raise GoneError(f"record {size} is no longer in the log's folder")
        first = firsts[found - 1]
        try:
            self._place = self._next = self._walk(_Place(first, first, 0), size, [])
        except TornError:
            raise AheadError("the log's folder has fewer records than the collector") from None
        self._points = (first, 0)

    def newest(self) -> SignedCheckpoint | None:
        """The last checkpoint of the log; raises RecordError or OSError."""
        for first in reversed(segment_firsts(self._directory)):
            found, _ = parse_checkpoints(self._points_of(first).read_bytes())
            if found:
                return found[-1]
        return None

    def parcel(self) -> Parcel | None:
        """The next records that checkpoints cover, from the same place on until they are `sent`.

        Returns:
            None when there are none.

        Raises:
            RecordError, OSError: the log cannot be read.
        """
        points: list[SignedCheckpoint] = []
        spans: list[Span] = []
        place = self._place
        for point in self._following():
            place = self._walk(place, point.checkpoint.size, spans)
            points.append(point)
            large = sum(span.end - span.start for span in spans) >= PARCEL_BYTES
            if large or len(points) == MAX_POINTS:
                break
        if not points:
            return None
        self._next = place
        return Parcel(
            start=self._place.seq,
            points=tuple(points),
            spans=tuple(spans),
            since_us=_written_us(spans[0]),
        )

    def sent(self) -> None:
        """The collector has the last parcel."""
        self._place = self._next

    def _following(self) -> Iterator[SignedCheckpoint]:
        """Checkpoints behind the place, in order."""
        first, start = self._points
        while True:
            firsts = segment_firsts(self._directory)  # before the file: an older one is whole then
            with self._points_of(first).open("rb") as file:
                file.seek(start)
                found, used = parse_checkpoints(file.read(_READ))
            for point in found:
                if point.checkpoint.size > self._place.seq:
                    yield point
                else:  # never to be read again
                    start += len(point.note()) + 1
                    used -= len(point.note()) + 1
                    self._points = (first, start)
            start += used
            if not found:
                after = bisect_right(firsts, first)
                if after == len(firsts):
                    return
                first, start = firsts[after], 0

    def _walk(self, place: _Place, size: int, spans: list[Span]) -> _Place:
        """Go on to behind the first `size` records, and note the bytes on the way."""
        firsts = segment_firsts(self._directory)
        seq, first, at = place.seq, place.first, place.at
        while seq < size:
            after = bisect_right(firsts, first)
            until = firsts[after] if after < len(firsts) else None
            if seq == until:
                first, at = until, 0
                continue
            path = self._directory / segment_name(first)
            stop = size if until is None else min(size, until)
            end = _skipped(path, at, stop - seq)
            extend(spans, Span(path=path, start=at, end=end))
            seq, at = stop, end
        return _Place(seq, first, at)

    def _points_of(self, first: int) -> Path:
        return self._directory / segment_name(first).replace(SEGMENT, CHECKPOINTS)


def _skipped(path: Path, at: int, count: int) -> int:
    """Where the frame behind the next `count` begins, by their lengths alone."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        for _ in range(count):
            file.seek(at)
            head = file.read(4)
            end = at + _UNCOUNTED + int.from_bytes(head, "big")
            if len(head) < 4 or end > size:  # noqa: PLR2004 - 32 bits
                raise TornError(at)
            if end - at > MAX_FRAME + _UNCOUNTED:
                raise CorruptError(at)
            at = end
    return at


def _written_us(span: Span) -> int:
    """When the first record of a span was written; 0 when that cannot be read."""
    with span.path.open("rb") as file:
        return _time_of(file, span.start)


def _time_of(file: BinaryIO, at: int) -> int:
    file.seek(at)
    data = file.read(FRAME_HEAD.size + MAX_LEAF)
    if len(data) < FRAME_HEAD.size:
        raise TornError(at)
    leaf_len = FRAME_HEAD.unpack_from(data)[2]
    return int(parse(data[FRAME_HEAD.size : FRAME_HEAD.size + leaf_len])["ts"])
