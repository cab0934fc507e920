"""Converse answers: whole bodies and streams of messages, read into events.

Source: Amazon Bedrock Runtime API, "Converse" and "ConverseStream", as read in 2026; recorded
traffic.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.dialects.answers import WholeBody, count, finish, json_object
from guardrail_gw.dialects.event_stream import EventStreamDecoder, Message
from guardrail_gw.dialects.tiers import tier_of
from guardrail_gw.errors import UpstreamBroken

START: Final = "messageStart"
BLOCK_START: Final = "contentBlockStart"
BLOCK_DELTA: Final = "contentBlockDelta"
BLOCK_STOP: Final = "contentBlockStop"
STOP: Final = "messageStop"
METADATA: Final = "metadata"

_LONG: Final = "1h"
_TYPE: Final = ":message-type"


@dataclass(slots=True)
class WholeReader(WholeBody):
    """Reads an answer that is one JSON object."""

    def end(self) -> list[AnswerEvent]:
        """Return the one event."""
        text = self.text()
        data = json_object(text)
        output = data.get("output")
        message = output.get("message") if isinstance(output, dict) else None
        if not isinstance(message, dict) or not isinstance(message.get("content"), list):
            raise UpstreamBroken("the answer is not a message")
        return [
            AnswerEvent(
                kind=EventKind.CONTENT,
                data=data,
                text=text,
                usage=usage(data.get("usage")),
                tier=tier_of(data.get("serviceTier")),
                finish=finish(data.get("stopReason")),
            )
        ]


@dataclass(slots=True)
class StreamReader:
    """Reads a stream; each event's data has one member, the event's name.

    `messageStop` says that the answer is whole; the counts follow it, as a rule.
    """

    _messages: EventStreamDecoder = field(default_factory=EventStreamDecoder)
    _stopped: bool = False
    _over: bool = False

    @property
    def complete(self) -> bool:
        """Whether the answer is whole, with counts or without."""
        return self._stopped

    def feed(self, chunk: bytes) -> Iterator[AnswerEvent]:
        """Yield the events that are complete now, each decoded when it is asked for."""
        yield from self._read(self._messages.feed(chunk))

    def end(self) -> Iterator[AnswerEvent]:
        """Yield the end mark, unless the counts brought it."""
        if self._over:
            return
        self._messages.end()
        if not self._stopped:
            raise UpstreamBroken("the answer ended before its end mark")
        self._over = True
        yield AnswerEvent(kind=EventKind.DONE)

    def _read(self, messages: Iterable[Message]) -> Iterator[AnswerEvent]:
        for message in messages:
            if self._over:  # whatever follows the end is nobody's
                return
            event = self._one(message)
            self._over = event.kind is EventKind.ERROR
            yield event
            if self._stopped and event.kind is EventKind.USAGE:
                self._over = True
                yield AnswerEvent(kind=EventKind.DONE)

    def _one(self, message: Message) -> AnswerEvent:
        match message.headers.get(_TYPE):
            case "event":
                return self._event(message.headers.get(":event-type", ""), message.payload)
            case "exception":
                return _failed(message.headers.get(":exception-type", ""))
            case "error":
                return _failed(message.headers.get(":error-code", ""))
            case _:
                raise UpstreamBroken("the answer holds a message of an unknown kind")

    def _event(self, name: str, payload: bytes) -> AnswerEvent:
        try:
            said = json_object(payload.decode())
        except UnicodeDecodeError:
            raise UpstreamBroken("the answer is not UTF-8") from None
        data = {name: said}
        if name == BLOCK_DELTA:  # nearly all of them
            return AnswerEvent(kind=_shown(said.get("delta")), data=data)
        if name == STOP:
            self._stopped = True
            reason = finish(said.get("stopReason"))
            return AnswerEvent(kind=EventKind.CONTENT, data=data, finish=reason)
        if name == METADATA:
            counts = usage(said.get("usage"))
            tier = tier_of(said.get("serviceTier"))
            return AnswerEvent(kind=EventKind.USAGE, data=data, usage=counts, tier=tier)
        opens = name == BLOCK_START and bool(said.get("start"))
        return AnswerEvent(kind=EventKind.CONTENT if opens else EventKind.LIFECYCLE, data=data)


def usage(counts: Any) -> Usage | None:  # noqa: ANN401 - JSON
    """The token counts of an answer, each token in one class; None when none can be read."""
    if not isinstance(counts, dict):
        return None
    fresh, output = count(counts, "inputTokens"), count(counts, "outputTokens")
    if fresh is None and output is None:
        return None
    written = count(counts, "cacheWriteInputTokens") or 0
    long = min(_written_long(counts.get("cacheDetails")), written)
    return Usage(
        input=fresh or 0,
        output=output or 0,
        cached_input=count(counts, "cacheReadInputTokens") or 0,
        cache_write=written - long,
        cache_write_long=long,
    )


def _written_long(details: Any) -> int:  # noqa: ANN401 - JSON
    entries = [each for each in details if isinstance(each, dict)] if _is_list(details) else []
    return sum(count(each, "inputTokens") or 0 for each in entries if each.get("ttl") == _LONG)


def _is_list(value: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(value, list)


def _shown(delta: Any) -> EventKind:  # noqa: ANN401 - JSON
    says = isinstance(delta, dict) and any(delta.values())
    return EventKind.CONTENT if says else EventKind.LIFECYCLE


def _failed(name: str) -> AnswerEvent:
    """What the exception is called says what it means; what it says itself may quote a prompt."""
    return AnswerEvent(kind=EventKind.ERROR, data={"error": {"type": name}})
