"""How the events of a stream stand in the body of an answer: as they are, or in one JSON array."""

from collections.abc import Mapping
from typing import Final, Protocol

from guardrail_gw.dialects.json_array import JsonArrayWriter
from guardrail_gw.server.plain import SERVER


class Framing(Protocol):
    """Turns the chain's pieces, each of whole events, into bytes of one body."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers that say what the body is."""
        ...

    @property
    def tells(self) -> bool:
        """Whether an error can stand in it; else an answer that breaks off cuts the connection."""
        ...

    @property
    def probe(self) -> bytes:
        """Bytes without meaning: clients skip them, and one that is gone cannot receive them."""
        ...

    def piece(self, events: bytes) -> bytes:
        """What is written for these events."""
        ...

    def end(self) -> bytes:
        """What is written behind the last of them, an error included."""
        ...


class Events:
    """Server-sent events, as every dialect writes them."""

    headers: Final = {
        "Content-Type": "text/event-stream; charset=utf-8",
        "Cache-Control": "no-cache",
        "Server": SERVER,
    }
    probe: Final = b":\n\n"
    tells: Final = True

    def piece(self, events: bytes) -> bytes:
        """They are what they are."""
        return events

    def end(self) -> bytes:
        """Each dialect has its own end mark."""
        return b""


class JsonArray:
    """One JSON array; an answer that broke off ends with an error as its last element."""

    headers: Final = {"Content-Type": "application/json; charset=utf-8", "Server": SERVER}
    probe: Final = b"\n"
    tells: Final = True

    def __init__(self) -> None:
        self._array = JsonArrayWriter()

    def piece(self, events: bytes) -> bytes:
        """Each becomes an element."""
        return self._array.feed(events)

    def end(self) -> bytes:
        """Close the array."""
        return self._array.end()


class EventLines:
    """Lines, each an event; an answer that broke off ends with an error as its last one."""

    probe: Final = b"\n"
    tells: Final = True

    def __init__(self, media: str) -> None:
        """`media` is what it is."""
        self.headers: Final = {"Content-Type": media, "Cache-Control": "no-cache", "Server": SERVER}

    def piece(self, events: bytes) -> bytes:
        """They are what they are."""
        return events

    def end(self) -> bytes:
        """The last event is the end mark."""
        return b""


class Lines:
    """What a file holds, as it is: nothing of ours can stand in it."""

    probe: Final = b""
    tells: Final = False

    def __init__(self, media: str) -> None:
        """`media` is what it is."""
        self.headers: Final = {"Content-Type": media, "Server": SERVER}

    def piece(self, events: bytes) -> bytes:
        """They are what they are."""
        return events

    def end(self) -> bytes:
        """A file has no end mark."""
        return b""
