"""What travels from a gateway to a collector: checkpoints, then the records they cover.

    notes_length:32 | notes, each followed by an empty line, as in a .ckpt file | frames

Records come last because they are many: who receives them knows the checkpoints already, judges
each record as it comes, and holds one of them at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from guardrail_gw.audit.frame import FRAME_HEAD, MAX_FRAME, CorruptError, Frame, frames
from guardrail_gw.audit.note import SignedCheckpoint, parse_checkpoints
from guardrail_gw.audit.record import RecordError
from guardrail_gw.audit.segments import Span

MEDIA: Final = "application/vnd.guardrail-gw.records"
MAX_POINTS: Final = 16
"""Checkpoints of one parcel."""
PARCEL_BYTES: Final = 4 * 1024 * 1024
"""Of frames: no further checkpoint is added behind that many."""
_LENGTH = 4
_MAX_NOTES = 64 * 1024
_FRAME_LENGTH = 8  # length and crc, which `length` does not count


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Records of a log and the checkpoints that cover them; the records stay in their files."""

    start: int
    """Index of the first record."""
    points: tuple[SignedCheckpoint, ...]
    """At least one."""
    spans: tuple[Span, ...] = ()
    """Where the records lie; none when a checkpoint is only shown."""
    since_us: int = 0
    """When the first of them was written."""

    @property
    def last(self) -> SignedCheckpoint:
        """The checkpoint that covers all of it."""
        return self.points[-1]

    @property
    def size(self) -> int:
        """Bytes of frames."""
        return sum(span.end - span.start for span in self.spans)

    def head(self) -> bytes:
        """What comes before the frames."""
        notes = b"".join(each.note() + b"\n" for each in self.points)
        return len(notes).to_bytes(_LENGTH, "big") + notes


class Unpacking:
    """A parcel as it comes in, piece by piece."""

    def __init__(self) -> None:
        self.points: tuple[SignedCheckpoint, ...] | None = None
        """None until all of them are here."""
        self._held = bytearray()

    @property
    def held(self) -> int:
        """Bytes that wait to be read."""
        return len(self._held)

    def feed(self, piece: bytes) -> None:
        """Take the next bytes.

        Raises:
            RecordError: they are no parcel.
        """
        self._held += piece
        if self.points is None and len(self._held) >= _LENGTH:
            self._read_points()

    def frames(self) -> Iterator[Frame]:
        """The records that are whole by now.

        Raises:
            RecordError: the bytes are not frames.
        """
        whole = self._whole()
        if whole:
            data = bytes(self._held[:whole])
            del self._held[:whole]
            yield from frames(data)

    def end(self) -> None:
        """Nothing more comes; raises RecordError when something is cut off."""
        if self.points is None or self._held:
            raise RecordError("the parcel ends too early")

    def _read_points(self) -> None:
        length = int.from_bytes(self._held[:_LENGTH], "big")
        if length > _MAX_NOTES:
            raise RecordError("too many checkpoints")
        if len(self._held) < _LENGTH + length:
            return
        notes = bytes(self._held[_LENGTH : _LENGTH + length])
        found, used = parse_checkpoints(notes)
        if not found or used != length or len(found) > MAX_POINTS:
            raise RecordError("not the checkpoints of a parcel")
        del self._held[: _LENGTH + length]
        self.points = tuple(found)

    def _whole(self) -> int:
        """How many of the held bytes are whole frames."""
        if self.points is None:
            return 0
        end, held = 0, len(self._held)
        while held - end >= FRAME_HEAD.size:
            length = int.from_bytes(self._held[end : end + _LENGTH], "big")
            if length > MAX_FRAME:
                raise CorruptError(end)
            if held - end < _FRAME_LENGTH + length:
                break
            end += _FRAME_LENGTH + length
        return end
