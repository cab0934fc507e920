"""A stream of binary messages, each with checksums, in bytes cut anywhere.

    message = length(4) headers-length(4) CRC-32(4) headers payload CRC-32(4)
    header  = name-length(1) name type(1) value

Source: AWS, "application/vnd.amazon.eventstream" (Smithy specification, "Amazon Event Stream"), as
read in 2026.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.errors import UpstreamBroken

MAX_MESSAGE_BYTES: Final = 8 << 20
"""An image comes in one piece."""
MAX_HEADERS_BYTES: Final = 128 << 10

_PRELUDE: Final = struct.Struct(">III")
_CRC: Final = struct.Struct(">I")
_LENGTH: Final = struct.Struct(">H")
_LEAST: Final = _PRELUDE.size + _CRC.size
_SIZES: Final = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Bytes of a header's value by its type; texts (7) and bytes (6) say their own length."""
_BYTES: Final = 6
_TEXT: Final = 7


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a stream."""

    headers: Mapping[str, str] = field(repr=False)
    """Those whose values are texts."""
    payload: bytes = field(repr=False)


@dataclass(slots=True)
class EventStreamDecoder:
    """Cuts bytes into messages; one that is not whole or not as it was sent is broken."""

    max_message_bytes: int = MAX_MESSAGE_BYTES
    _buffer: bytearray = field(default_factory=bytearray, repr=False)
    _length: int = 0
    """Of the message that has begun; 0 while its prelude is not whole."""

    def feed(self, chunk: bytes) -> Iterator[Message]:
        """Yield the messages that are complete now, each checked when it is asked for.

        Raises:
            UpstreamBroken: a checksum or a length is wrong.
        """
        self._buffer += chunk
        while self._is_whole():
            raw = bytes(self._buffer[: self._length])
            del self._buffer[: self._length]
            self._length = 0
            yield _message(raw)

    def end(self) -> None:
        """The bytes are over.

        Raises:
            UpstreamBroken: within a message.
        """
        if self._buffer:
            raise UpstreamBroken("the answer ended within a message")

    def _is_whole(self) -> bool:
        if not self._length and len(self._buffer) >= _PRELUDE.size:
            self._length = self._checked()
        return bool(self._length) and len(self._buffer) >= self._length

    def _checked(self) -> int:
        """The length of the message that begins; its checksum comes before it is believed."""
        length, headers, crc = _PRELUDE.unpack_from(self._buffer)
        if zlib.crc32(self._buffer[: _PRELUDE.size - _CRC.size]) != crc:
            raise _damaged()
        if length > self.max_message_bytes or headers > MAX_HEADERS_BYTES:
            raise UpstreamBroken("a part of the answer is larger than the gateway takes")
        if length < _LEAST + headers:
            raise _damaged()
        return int(length)


def encode(headers: Mapping[str, str], payload: bytes) -> bytes:
    """A message, as a provider writes it."""
    written = b"".join(
        b"%c%b%c%b%b" % (len(name), name.encode(), _TEXT, _LENGTH.pack(len(text)), text)
        for name, text in ((name, value.encode()) for name, value in headers.items())
    )
    lengths = struct.pack(">II", _LEAST + len(written) + len(payload), len(written))
    message = lengths + _CRC.pack(zlib.crc32(lengths)) + written + payload
    return message + _CRC.pack(zlib.crc32(message))


def _message(raw: bytes) -> Message:
    _, size, _ = _PRELUDE.unpack_from(raw)
    if zlib.crc32(raw[: -_CRC.size]) != _CRC.unpack(raw[-_CRC.size :])[0]:
        raise _damaged()
    start = _PRELUDE.size + size
    try:
        headers = _headers(raw[_PRELUDE.size : start])
    except (struct.error, IndexError, KeyError, UnicodeDecodeError):
        raise _damaged() from None
    return Message(headers, raw[start : -_CRC.size])


def _headers(raw: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    at = 0
    while at < len(raw):
        named = at + 1 + raw[at]
        name, kind = raw[at + 1 : named].decode(), raw[named]
        at = named + 1
        if kind in (_BYTES, _TEXT):
            size, at = _LENGTH.unpack_from(raw, at)[0], at + _LENGTH.size
        else:
            size = _SIZES[kind]
        if at + size > len(raw) or name in headers:
            raise KeyError
        if kind == _TEXT:
            headers[name] = raw[at : at + size].decode()
        at += size
    return headers


def _damaged() -> UpstreamBroken:
    return UpstreamBroken("a message of the answer is not as it was sent")
