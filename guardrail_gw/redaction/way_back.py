"""One answer on its way to the client: events in, restored bytes out."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Self

from guardrail_gw.core.exchange import AnswerEvent, EventKind, Journal, Redacted, Reply
from guardrail_gw.errors import UpstreamBroken, UpstreamFault
from guardrail_gw.redaction.restore import AnswerDialect, AnswerRestorer
from guardrail_gw.redaction.restorer import Restorer

_TOGETHER: Final = 8 << 10
"""Bytes of one piece, about; a piece is written at once, and then others have their turn."""

# an enum's member looked up in its class takes as long as a call
_DONE: Final = EventKind.DONE
_ERROR: Final = EventKind.ERROR


class Ahead:
    """What puts values back into the answer, made while there is nothing else to do for it."""

    __slots__ = ("_made", "_originals")

    def __init__(self, originals: Mapping[str, str]) -> None:
        self._originals = originals
        self._made: Restorer | None = None

    @property
    def is_made(self) -> bool:
        """Whether there is nothing to put back, and so nothing to make."""
        return not self._originals

    def make(self) -> None:
        """Do it."""
        if self._originals:
            self._made = Restorer(self._originals)

    def restorer(self, originals: Mapping[str, str]) -> Restorer | None:
        """Put these back, which as a rule are those it was made for; None where there are none."""
        made = self._made if originals is self._originals else None
        return made or (Restorer(originals) if originals else None)


class WayBack:
    """The pieces of one answer; the last comes by itself, announced in the journal.

    An iterator and no generator: those are registered with the event loop one by one.
    """

    __slots__ = (
        *("_dialect", "_end", "_fault", "_has_begun", "_journal", "_question", "_reply"),
        *("_restorer", "_stream"),
    )

    def __init__(
        self,
        *,
        dialect: AnswerDialect,
        redacted: Redacted,
        reply: Reply,
        journal: Journal,
        ahead: Ahead | None = None,
    ) -> None:
        self._dialect = dialect
        self._question = redacted.inbound.question
        self._reply = reply
        self._stream = reply.stream
        self._journal = journal
        self._end: bytes | None = None
        self._fault: UpstreamFault | None = None
        self._has_begun = False
        self._restorer: AnswerRestorer | None = None
        originals = redacted.originals
        if reply.originals:
            originals = {**originals, **reply.originals}
        restorer = (ahead or Ahead(originals)).restorer(originals)
        if restorer is not None:
            self._restorer = AnswerRestorer(
                dialect=dialect, question=self._question, restorer=restorer
            )

    def __aiter__(self) -> Self:
        """Iterate over the answer."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next piece.

        Raises:
            UpstreamFault: the answer broke off, or the provider reported an error in it.
        """
        if self._end is not None:
            return self._last(self._end)
        if self._fault is not None:
            raise self._fault
        if self._journal.complete:
            raise StopAsyncIteration
        async for event in self._reply.events:
            piece = self._piece(event)
            if not self._stream:
                return self._last(piece)
            out = self._or_end(piece + self._and_what_is_here(_TOGETHER - len(piece)))
            if out or self._journal.complete:  # an end mark may be nothing but the end
                return out
        raise UpstreamBroken("the answer ended before its end mark")

    def _last(self, piece: bytes) -> bytes:
        self._journal.complete = True
        self._end = None
        return piece

    def _or_end(self, piece: bytes) -> bytes:
        """The piece; when it is empty, what it ended with: a fault, or the end mark."""
        if not piece and self._fault is not None:
            raise self._fault
        return piece if piece or self._end is None else self._last(self._end)

    def _and_what_is_here(self, room: int) -> bytes:
        """The pieces of the events that arrived together with the last one, but not the end mark.

        The first piece of an answer does not wait for the others to be restored.

        Args:
            room: bytes until no further event is added.
        """
        pieces: list[bytes] = []
        room = room if self._has_begun else 0
        self._has_begun = True
        try:
            while room > 0 and self._end is None and (event := self._reply.ready()) is not None:
                pieces.append(self._piece(event))
                room -= len(pieces[-1])
        except UpstreamFault as fault:  # what came before it has its turn first
            self._fault = fault
        return b"".join(pieces)

    def _piece(self, event: AnswerEvent) -> bytes:
        """One event, restored; nothing when the client is not to see it.

        Of the end mark, what was still held back: the mark itself is the last piece.
        """
        if event.kind is _DONE:
            return self._before_the_end(event)
        data = event.data
        if event.raw is not None:  # a recording: the policy lets it pass, and nothing is in it
            return event.raw
        if event.kind is _ERROR or data is None:
            raise UpstreamBroken("the provider reported an error within its answer")
        members = len(data)
        if self._stream and self._dialect.hide_usage(self._question, data):
            return b""
        if self._restorer is None:  # nothing was taken out: what comes back passes as it is
            text = event.text if len(data) == members else None
            return self._dialect.encode(data, stream=self._stream, text=text)
        return self._encoded(self._restorer, self._restorer.event(data))

    def _before_the_end(self, event: AnswerEvent) -> bytes:
        restorer, data = self._restorer, event.data
        if data is None:
            self._end = self._dialect.done()
            return b"" if restorer is None else self._encoded(restorer, restorer.end())
        if restorer is None:
            self._end = self._dialect.encode(data, stream=True, text=event.text)
            return b""
        *held, last = restorer.last(data)
        self._end = self._encoded(restorer, [last])
        return self._encoded(restorer, held)

    def _encoded(self, restorer: AnswerRestorer, data: Iterable[dict[str, Any]]) -> bytes:
        encode, stream = self._dialect.encode, self._stream
        encoded = b"".join([encode(d, stream=stream) for d in data])
        self._journal.restored = restorer.restored
        self._journal.unrestored = restorer.missed
        return encoded
