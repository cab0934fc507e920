"""Server-sent events, decoded from bytes cut anywhere.

Source: WHATWG HTML, "Server-sent events", event stream interpretation.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.errors import UpstreamBroken

MAX_EVENT_BYTES: Final = 1 << 20

_LINE_END: Final = re.compile(rb"[\r\n]")
_WHOLE: Final = re.compile(rb"(?:event: ([^\r\n]+)(?:\n|\r\n))?data: ([^\r\n]+)(?:\n\n|\r\n\r\n)")
"""An event with one line of data, perhaps named before it: nearly all are."""
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Frame:
    """One event of a stream; not frozen, as `AnswerEvent` is not."""

    event: str
    """Empty when the stream named none."""
    data: str = field(repr=False)


@dataclass(slots=True)
class SseDecoder:
    """Cuts a byte stream into events; lines end in LF, CRLF or CR."""

    max_event_bytes: int = MAX_EVENT_BYTES
    last_id: str = ""
    """From where the stream can be taken up again; empty: it cannot."""
    retry_ms: int | None = None
    """How long the server wants to be left alone before that."""
    _pending: list[bytes] = field(default_factory=list)
    """The pieces of a line that has not ended yet; they are joined when it does."""
    _held: int = 0
    """Their bytes."""
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
        if not self._is_between():
            return self._fed(chunk)
        frames, at = self._whole(chunk)
        return frames if at == len(chunk) else frames + self._fed(chunk[at:])

    def _fed(self, chunk: bytes) -> list[Frame]:
        """The events that are complete, whatever was within one and whatever they are made of."""
        if self._pending and self._started and not _LINE_END.search(chunk):
            self._hold(chunk)
            return []
        buffer = b"".join((*self._pending, chunk))
        self._release()
        if not self._started:
            if len(buffer) < len(_BOM) and _BOM.startswith(buffer):
                self._hold(buffer)
                return []
            self._started = True
            buffer = buffer.removeprefix(_BOM)
        if self._after_cr and buffer:
            self._after_cr = False
            buffer = buffer.removeprefix(b"\n")
        return self._lines(buffer)

    def end(self) -> list[Frame]:
        """Return the event that the stream ended without a blank line after, if any."""
        rest = b"".join(self._pending)
        self._release()
        if rest:
            self._field(rest)
        return self._dispatch()

    def _is_between(self) -> bool:
        """Whether what comes next begins an event, and what it begins with is known."""
        return self._started and not (
            self._pending or self._size or self._after_cr or self._data or self._event
        )

    def _whole(self, chunk: bytes) -> tuple[list[Frame], int]:
        """The events of the plainest form that a chunk begins with, and where they end in it."""
        frames: list[Frame] = []
        at = 0
        while match := _WHOLE.match(chunk, at):
            if match.end() - at > self.max_event_bytes:
                break
            event, data = match.groups(b"")
            frames.append(Frame(_text(event) if event else "", _text(data)))
            at = match.end()
        return frames, at

    def _hold(self, piece: bytes) -> None:
        """Keep a piece of a line; its end is looked for in what comes next alone."""
        self._pending.append(piece)
        self._held += len(piece)
        self._bound(self._held)

    def _release(self) -> None:
        self._pending.clear()
        self._held = 0

    def _lines(self, buffer: bytes) -> list[Frame]:
        frames: list[Frame] = []
        lines = buffer.splitlines(keepends=True)  # bytes split at LF, CRLF and CR only
        rest = b""
        if lines and lines[-1][-1:] not in (b"\n", b"\r"):
            rest = lines.pop()
        for line in lines:
            text = line.rstrip(b"\r\n")
            if text:
                self._field(text)
            else:
                frames += self._dispatch()
        if lines and not rest:
            self._after_cr = lines[-1].endswith(b"\r")
        if rest:
            self._hold(rest)
        return frames

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        self._size += len(line)
        self._bound(0)
        if name == b"data":
            self._data.append(_text(value.removeprefix(b" ")))
        elif name == b"event":
            self._event = _text(value.removeprefix(b" "))
        elif name == b"id" and b"\0" not in value:
            self.last_id = _text(value.removeprefix(b" "))
        elif name == b"retry" and (said := value.removeprefix(b" ")).isdigit():
            self.retry_ms = int(said[:9])

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
