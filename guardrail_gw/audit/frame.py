"""How a record lies in a segment file (FORMAT.md, 2); numbers are 32 bits, big-endian.

    length | crc32 | leaf_len meta_len content_len wrap_len | leaf | meta | content | wrap

`length` counts every byte after the crc; the crc is taken over those bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import Struct
from zlib import crc32

from guardrail_gw.audit.record import MAX_LEAF, RecordError

MAX_FRAME = 64 * 1024 * 1024
"""Bytes; more than any accepted body, so that a broken length is found before it is believed."""
FRAME_HEAD = Struct(">6I")
_LENGTHS = Struct(">4I")
HEAD_SIZE = FRAME_HEAD.size


class TornError(RecordError):
    """The bytes end inside a frame, as they do after a power cut; `at` is where it begins."""

    def __init__(self, at: int) -> None:
        super().__init__(f"the frame at byte {at} is incomplete")
        self.at = at


class CorruptError(RecordError):
    """A frame that no writer wrote; `at` is where it begins."""

    def __init__(self, at: int) -> None:
        super().__init__(f"the frame at byte {at} is not what was written")
        self.at = at


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One stored record."""

    at: int
    """Byte offset in the segment."""
    end: int
    leaf: bytes
    meta: bytes = field(repr=False)
    content: bytes = field(repr=False)
    wrap: bytes = field(repr=False)


def framed(leaf: bytes, meta: bytes = b"", content: bytes = b"", wrap: bytes = b"") -> bytes:
    """Put the sections of a record into a frame.

    Raises:
        RecordError: the record is larger than a frame may be.
    """
    body = b"".join(
        (_LENGTHS.pack(len(leaf), len(meta), len(content), len(wrap)), leaf, meta, content, wrap)
    )
    if len(body) > MAX_FRAME:
        raise RecordError("the record is too large")
    return len(body).to_bytes(4, "big") + crc32(body).to_bytes(4, "big") + body


def frames(data: bytes, start: int = 0) -> Iterator[Frame]:
    """Yield the frames of a segment from byte `start` on.

    Raises:
        TornError: the data ends inside a frame.
        CorruptError: a frame's lengths or its crc are wrong.
    """
    at = start
    while at < len(data):
        frame = _frame(data, at)
        yield frame
        at = frame.end


def leaves(data: bytes) -> Iterator[bytes]:
    """Yield the leaves alone, for who hashes all of them; raises as `frames`."""
    at = 0
    while at < len(data):
        end, (leaf_len, _, _, _) = _checked(data, at)
        yield data[at + HEAD_SIZE : at + HEAD_SIZE + leaf_len]
        at = end


def _frame(data: bytes, at: int) -> Frame:
    end, (leaf_len, meta_len, _, wrap_len) = _checked(data, at)
    meta = at + HEAD_SIZE + leaf_len
    content, wrap = meta + meta_len, end - wrap_len
    return Frame(
        at=at,
        end=end,
        leaf=data[at + HEAD_SIZE : meta],
        meta=data[meta:content],
        content=data[content:wrap],
        wrap=data[wrap:end],
    )


def _checked(data: bytes, at: int) -> tuple[int, tuple[int, int, int, int]]:
    """Where the frame at that byte ends, and the lengths of its sections."""
    if len(data) - at < HEAD_SIZE:
        raise TornError(at)
    length, crc, leaf_len, meta_len, content_len, wrap_len = FRAME_HEAD.unpack_from(data, at)
    if length != 16 + leaf_len + meta_len + content_len + wrap_len or length > MAX_FRAME:
        raise CorruptError(at)
    if not 0 < leaf_len < MAX_LEAF:
        raise CorruptError(at)
    end = at + 8 + length
    if end > len(data):
        raise TornError(at)
    if crc32(memoryview(data)[at + 8 : end]) != crc:
        raise CorruptError(at)
    return end, (leaf_len, meta_len, content_len, wrap_len)
