"""Server-sent events, decoded from bytes cut anywhere.

Source: WHATWG HTML, "Server-sent events", event stream interpretation.
"""

from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.errors import UpstreamBroken

MAX_EVENT_BYTES: Final = 1 << 20

_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Frame:
    """One event of a stream."""

    event: str
    """Empty when the stream named none."""
    data: str = field(repr=False)


@dataclass(slots=True)
class SseDecoder:
    """Cuts a byte stream into events; lines end in LF, CRLF or CR."""

    max_event_bytes: int = MAX_EVENT_BYTES
    _pending: bytes = b""
    _data: list[str] = field(default_factory=list)
    _event: str = ""
    _size: int = 0
    _after_cr: bool = False
    _started: bool = False

    def feed(self, chunk: bytes) -> list[Frame]:
        """Return the events that are complete now.

        Raises:
            UpstreamBroken: not UTF-8, or an event larger than `max_event_bytes`.
        """
        buffer = self._pending + chunk
        if not self._started:
            if len(buffer) < len(_BOM) and _BOM.startswith(buffer):
                self._pending = buffer
                return []
            self._started = True
            buffer = buffer.removeprefix(_BOM)
        if self._after_cr and buffer:
            self._after_cr = False
            buffer = buffer.removeprefix(b"\n")
        return self._lines(buffer)

    def end(self) -> list[Frame]:
        """Return the event that the stream ended without a blank line after, if any."""
        rest, self._pending = self._pending, b""
        if rest:
            self._field(rest)
        return self._dispatch()

    def _lines(self, buffer: bytes) -> list[Frame]:
        frames: list[Frame] = []
        lines = buffer.splitlines(keepends=True)  # bytes split at LF, CRLF and CR only
        self._pending = b""
        if lines and lines[-1][-1:] not in (b"\n", b"\r"):
            self._pending = lines.pop()
        for line in lines:
            text = line.rstrip(b"\r\n")
            if text:
                self._field(text)
            else:
                frames += self._dispatch()
        if lines and not self._pending:
            self._after_cr = lines[-1].endswith(b"\r")
        self._bound(len(self._pending))
        return frames

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        self._size += len(line)
        self._bound(0)
        if name == b"data":
            self._data.append(_text(value.removeprefix(b" ")))
        elif name == b"event":
            self._event = _text(value.removeprefix(b" "))

    def _dispatch(self) -> list[Frame]:
        data, event = self._data, self._event
        self._data, self._event, self._size = [], "", 0
        if not data and event != "error":  # an error needs no data to be one
            return []
        return [Frame(event, "\n".join(data))]

    def _bound(self, more: int) -> None:
        if self._size + more > self.max_event_bytes:
            size = self.max_event_bytes >> 20
            raise UpstreamBroken(f"an event of the answer is larger than {size} MiB")


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise UpstreamBroken("the answer is not UTF-8") from None
