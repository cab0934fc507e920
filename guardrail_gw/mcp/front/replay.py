"""What was sent on the streams of sessions, kept for a while for those whose connection broke.

A stream has a writer, which goes on when nobody reads, and at most one reader at a time. What is
kept is bounded for each stream and for all of them together; the oldest goes first.

Source: Model Context Protocol 2025-11-25, basic/transports ("Resumability and redelivery").
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Final

MAX_EVENTS: Final = 256
"""Of one stream."""
MAX_UNREAD: Final = 64
"""How far a writer may be ahead of a reader that is there."""

_Forgotten = tuple["Stream", int]


@dataclass(frozen=True, slots=True)
class Pause:
    """Who reads shall leave, and come back for the rest."""

    wait_s: float
    """After so long."""


Said = bytes | Pause


@dataclass(slots=True)
class Kept:
    """How much is kept of all streams together."""

    max_bytes: int
    held: int = 0
    _order: OrderedDict[tuple[int, int], _Forgotten] = field(default_factory=OrderedDict)

    def add(self, stream: "Stream", number: int, size: int) -> None:
        """Keep one more event, and forget the oldest ones for it."""
        self._order[id(stream), number] = (stream, number)
        self.held += size
        while self.held > self.max_bytes and len(self._order) > 1:
            _, (oldest, at) = self._order.popitem(last=False)
            self.held -= oldest.forget(at)

    def drop(self, stream: "Stream", number: int, size: int) -> None:
        """An event went for another reason."""
        if self._order.pop((id(stream), number), None) is not None:
            self.held -= size


class Stream:
    """One stream of a session; events are numbered from 0, and named `<stream>-<number>`."""

    def __init__(self, name: str, kept: Kept, has_ended: Callable[[], None] = lambda: None) -> None:
        self.name = name
        self.ended = False
        self._kept = kept
        self._has_ended = has_ended
        self._events: OrderedDict[int, bytes] = OrderedDict()
        self._next = 0
        self._reader: deque[tuple[int, Said]] | None = None
        self._changed = asyncio.Event()

    @property
    def is_read(self) -> bool:
        """Whether somebody reads it now."""
        return self._reader is not None

    @property
    def has_unread(self) -> bool:
        """Whether there is more for who reads it now."""
        return bool(self._reader)

    def event_id(self, number: int) -> str:
        """The name of an event."""
        return f"{self.name}-{number}"

    async def put(self, data: bytes) -> None:
        """Write one event; waits for a reader that is there and slow, and for nobody else."""
        self._put(data)
        while self._reader is not None and len(self._reader) > MAX_UNREAD:
            self._changed.clear()
            await self._changed.wait()

    def last(self, data: bytes) -> None:
        """Write the last event, however far behind a reader is."""
        self._put(data)
        self.end()

    def prime(self) -> int:
        """Take a number for an event without data, from which on a reader may resume."""
        number, self._next = self._next, self._next + 1
        return number

    def pause(self, wait_s: float) -> None:
        """Have whoever reads now come back later; nothing where nobody does, or there is more."""
        if self._reader is not None:
            self._reader.append((self.prime(), Pause(wait_s)))
            self._changed.set()

    def end(self) -> None:
        """Nothing more will be written."""
        self.ended = True
        self._changed.set()
        self._has_ended()

    def _put(self, data: bytes) -> None:
        number, self._next = self._next, self._next + 1
        self._events[number] = data
        self._kept.add(self, number, len(data))
        while len(self._events) > MAX_EVENTS:
            oldest, gone = self._events.popitem(last=False)
            self._kept.drop(self, oldest, len(gone))
        if self._reader is not None:
            self._reader.append((number, data))
            self._changed.set()

    def forget(self, number: int) -> int:
        """Let go of an event; how many bytes it had."""
        return len(self._events.pop(number, b""))

    def close(self) -> None:
        """Let go of all of them."""
        for number, data in self._events.items():
            self._kept.drop(self, number, len(data))
        self._events.clear()

    async def read(self, after: int = -1) -> AsyncGenerator[tuple[str, Said], None]:
        """Yield what comes after an event, first what is kept, with the names of events.

        A pause is the last that a reader gets, and has a name to come back with.
        Whoever reads already reads no more: a client comes back before it is noticed here that its
        connection broke.
        """
        reader: deque[tuple[int, Said]] = deque(
            (n, d) for n, d in self._events.items() if n > after
        )
        self._reader = reader
        self._changed.set()
        try:
            while self._reader is reader:
                if reader:
                    number, said = reader.popleft()
                    self._changed.set()
                    if not isinstance(said, Pause):
                        yield self.event_id(number), said
                    elif not reader and not self.ended:
                        yield self.event_id(number), said
                        return
                elif self.ended:
                    return
                else:
                    self._changed.clear()
                    await self._changed.wait()
        finally:
            if self._reader is reader:
                self._reader = None
            self._changed.set()


def place(event_id: str) -> tuple[str, int] | None:
    """The stream and the number that an event's name means; None: it is none of ours."""
    name, _, number = event_id.rpartition("-")
    if not name or not number.isascii() or not number.isdigit() or len(number) > len(str(1 << 62)):
        return None
    return name, int(number)
