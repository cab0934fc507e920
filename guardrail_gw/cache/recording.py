"""What of an answer is kept while it passes, and how it is given again."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Final, Self

from guardrail_gw.core.exchange import AnswerEvent, EventKind, Reply
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.dialects.answers import json_object
from guardrail_gw.dialects.encoding import encoded
from guardrail_gw.dialects.in_full import InFull

_EVENT_BYTES: Final = 160
"""What an event takes in memory besides its text."""

Events = tuple[tuple[EventKind, bytes | None], ...]
"""As `CachedAnswer.events`."""


class Recording:
    """Passes the events of an answer on, and remembers them as they were.

    They are written down before anybody gets them: whoever restores values does so in place.
    """

    __slots__ = (
        *("_ended", "_events", "_is_fit", "_is_over", "_judge", "_kept", "_most"),
        *("_ready", "_stream", "deployment", "finish", "size"),
    )

    def __init__(self, reply: Reply, judge: InFull, most: int) -> None:
        """`most` is how many bytes may be kept; `judge` tells whether it is said in full."""
        self._events: AsyncIterator[AnswerEvent] = reply.events
        self._ready: Callable[[], AnswerEvent | None] = reply.ready
        self._stream = reply.stream
        self._judge = judge
        self._most = most
        self._kept: list[tuple[EventKind, bytes | None]] = []
        self._is_fit = not reply.names
        self._is_over = False
        self._ended = False
        self.deployment = reply.deployment.id
        self.finish: str | None = None
        self.size = 0

    @property
    def events(self) -> Events | None:
        """The whole answer; None when it is not whole, or not one to be given again."""
        return tuple(self._kept) if self._is_fit and self._is_over and self._ended else None

    def __aiter__(self) -> Self:
        """Iterate over the answer."""
        return self

    async def __anext__(self) -> AnswerEvent:
        """Return the next event."""
        event = await anext(self._events)
        self._note(event)
        return event

    def ready(self) -> AnswerEvent | None:
        """Return the next event if it has arrived."""
        event = self._ready()
        if event is not None:
            self._note(event)
        return event

    def _note(self, event: AnswerEvent) -> None:
        if not self._is_fit:
            return
        if self._is_over or event.raw is not None or event.names or event.kind is EventKind.ERROR:
            self._give_up()
            return
        data = event.data
        said = None if data is None else self._judge(data)
        line = None if data is None else (event.text or "").encode() or encoded(data)
        self.size += _EVENT_BYTES + len(line or b"")
        if said is False or self.size > self._most:
            self._give_up()
            return
        self._kept.append((event.kind, line))
        self._ended = self._ended or said is True
        self._is_over = not self._stream or event.kind is EventKind.DONE
        self.finish = event.finish or self.finish

    def _give_up(self) -> None:
        self._is_fit = False
        self._kept.clear()


class Replay:
    """The events of an answer that is kept, each read anew, since they are changed in place."""

    __slots__ = ("_left",)

    def __init__(self, events: Iterable[AnswerEvent]) -> None:
        self._left = iter(events)

    def __aiter__(self) -> Self:
        """Iterate over the answer."""
        return self

    async def __anext__(self) -> AnswerEvent:
        """Return the next event."""
        if (event := self.ready()) is None:
            raise StopAsyncIteration
        return event

    def ready(self) -> AnswerEvent | None:
        """Return the next event; None after the last."""
        return next(self._left, None)


def streamed(events: Events) -> Iterator[AnswerEvent]:
    """The events of a stream, each read when it is asked for."""
    for kind, line in events:
        text = None if line is None else line.decode()
        data = None if text is None else json_object(text)
        yield AnswerEvent(kind=kind, data=data, text=text)


def whole(events: Events, reader: AnswerReader) -> list[AnswerEvent]:
    """A whole answer, as the reader of its dialect reads it.

    Raises:
        UpstreamBroken: it is none.
    """
    read = [event for _, line in events for event in reader.feed(line or b"")]
    return [*read, *reader.end()]
