"""Answers that come wrapped, or by other names: read as the dialect says.

Source: Amazon Bedrock Runtime API, "InvokeModelWithResponseStream", as read in 2026.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from guardrail_gw.core.exchange import AnswerEvent
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.dialects.answers import WholeBody, json_object
from guardrail_gw.dialects.event_stream import EventStreamDecoder, Message
from guardrail_gw.errors import UpstreamBroken


@dataclass(slots=True)
class UnwrappingReader:
    """Gives what is within each message to the dialect's own reader.

    Args:
        inner: reads the events.
    """

    inner: AnswerReader
    _messages: EventStreamDecoder = field(default_factory=EventStreamDecoder)

    @property
    def complete(self) -> bool:
        """Whether an end mark was read."""
        return self.inner.complete

    def feed(self, chunk: bytes) -> Iterator[AnswerEvent]:
        """Yield the events that are complete now."""
        for message in self._messages.feed(chunk):
            yield from self.inner.feed(_event(message))

    def end(self) -> Iterator[AnswerEvent]:
        """Yield what the end of the bytes completes."""
        self._messages.end()
        yield from self.inner.end()


@dataclass(slots=True, kw_only=True)
class RenamingReader(WholeBody):
    """Gives a whole answer to the dialect's own reader, its members by the dialect's names."""

    inner: AnswerReader
    names: Mapping[str, str]
    """What the provider calls them -> what the dialect does."""

    def end(self) -> Iterator[AnswerEvent]:
        """Yield what the answer says."""
        data = json_object(self.text())
        renamed = {self.names.get(name, name): value for name, value in data.items()}
        yield from self.inner.feed(json.dumps(renamed).encode())
        yield from self.inner.end()


def _event(message: Message) -> bytes:
    """An event as the dialect's own servers send it."""
    match message.headers.get(":message-type"):
        case "event" if message.headers.get(":event-type") == "chunk":
            return _lines(b"data: ", _within(message.payload))
        case "exception":
            return _failed(message.headers.get(":exception-type", ""))
        case "error":
            return _failed(message.headers.get(":error-code", ""))
        case _:
            raise UpstreamBroken("the answer holds a message of an unknown kind")


def _within(payload: bytes) -> bytes:
    try:
        wrapped = json_object(payload.decode()).get("bytes")
        return base64.b64decode(wrapped if isinstance(wrapped, str) else "!", validate=True)
    except (UnicodeDecodeError, binascii.Error, ValueError):
        raise UpstreamBroken("a message of the answer holds no event") from None


def _failed(name: str) -> bytes:
    """What the exception is called says what it means; what it says itself may quote a prompt."""
    return _lines(b"event: error\ndata: ", json.dumps({"error": {"type": name}}).encode())


def _lines(before: bytes, data: bytes) -> bytes:
    return before + b"\ndata: ".join(data.splitlines()) + b"\n\n"
