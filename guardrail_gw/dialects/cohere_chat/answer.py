"""Cohere chat answers: whole bodies and streams of events, read into events.

Source: Cohere API reference, "Chat" and "Chat with Streaming" (v2); the SDK cohere 7.3.1 for
Python, as read in 2026. As recorded: `message-end` ends a message, and `[DONE]` follows.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import Any, Final

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.dialects.answers import (
    WholeBody,
    count,
    error_data,
    finish,
    json_object,
    line,
    provider_id,
)
from guardrail_gw.dialects.sse import Frame, SseDecoder
from guardrail_gw.errors import UpstreamBroken

END: Final = "message-end"
DONE: Final = "[DONE]"
FAILED: Final = "ERROR"
"""The finish reason of an answer that the provider could not go on with."""
MAX_EVENT_BYTES: Final = 8 << 20
"""A citation repeats the documents that it names."""
KIND: Final = re.compile(r"[a-z][a-z-]{0,63}")
"""What the type of an event looks like."""
_SILENT: Final = frozenset({"role", "type", "id"})


@dataclass(slots=True)
class WholeReader(WholeBody):
    """Reads an answer that is one JSON object."""

    def end(self) -> list[AnswerEvent]:
        """Return the one event."""
        text = self.text()
        data = json_object(text)
        if is_error(data) or data.get("finish_reason") == FAILED:
            return [AnswerEvent(kind=EventKind.ERROR, data=data)]
        if not _is_message(data.get("message")):
            raise UpstreamBroken("the answer is not a message")
        return [
            AnswerEvent(
                kind=EventKind.CONTENT,
                data=data,
                text=text,
                usage=usage(data.get("usage")),
                finish=finish(data.get("finish_reason")),
                provider_id=provider_id(data.get("id")),
            )
        ]


@dataclass(slots=True)
class StreamReader:
    """Reads a stream of events; what follows its end mark is nobody's."""

    _frames: SseDecoder = field(default_factory=lambda: SseDecoder(max_event_bytes=MAX_EVENT_BYTES))
    _over: bool = False

    @property
    def complete(self) -> bool:
        """Whether the end mark was read."""
        return self._over

    def feed(self, chunk: bytes) -> Iterator[AnswerEvent]:
        """Yield the events that are complete now, each decoded when it is asked for."""
        yield from self._read(self._frames.feed(chunk))

    def end(self) -> Iterator[AnswerEvent]:
        """Yield what is left; an end mark must have come."""
        yield from self._read(self._frames.end())
        if not self._over:
            raise UpstreamBroken("the answer ended before its end mark")

    def _read(self, frames: Iterable[Frame]) -> Iterator[AnswerEvent]:
        for frame in frames:
            if self._over or frame.data.strip() == DONE:  # alone it says nothing is complete
                continue
            event = _one(frame)
            self._over = event.kind in (EventKind.DONE, EventKind.ERROR)
            yield event


def usage(counts: Any) -> Usage | None:  # noqa: ANN401 - JSON
    """The token counts of an answer, each token in one class; None when none can be read.

    What is billed goes before what the model read, which has the provider's own prompt in it. How
    many tokens of that were cached is told, and not how many of those that are billed.
    """
    if not isinstance(counts, dict):
        return None
    for name in ("billed_units", "tokens"):
        said = counts.get(name)
        if not isinstance(said, dict):
            continue
        fresh, output = _tokens(said, "input_tokens"), _tokens(said, "output_tokens")
        if fresh is None and output is None:
            continue
        cached = (_tokens(counts, "cached_tokens") or 0) if name == "tokens" else 0
        cached = min(cached, fresh or 0)
        return Usage(input=(fresh or 0) - cached, output=output or 0, cached_input=cached)
    return None


def is_error(data: Mapping[str, Any]) -> bool:
    """Whether an object is an error and no answer: a message there is what went wrong."""
    return "error" in data or isinstance(data.get("message"), str)


def _tokens(counts: dict[str, Any], name: str) -> int | None:
    """A count; the reference calls it a number, with a fraction or without."""
    value = counts.get(name)
    if type(value) is float and value.is_integer():
        return count({name: int(value)}, name)
    return count(counts, name)


def _is_message(message: Any) -> bool:  # noqa: ANN401 - JSON
    if not isinstance(message, dict):
        return False
    return all(_are_objects(message.get(name)) for name in ("content", "tool_calls"))


def _are_objects(entries: Any) -> bool:  # noqa: ANN401 - JSON
    if entries is None:
        return True
    return isinstance(entries, list) and all(isinstance(each, dict) for each in entries)


def _one(frame: Frame) -> AnswerEvent:
    if frame.event == "error":
        return AnswerEvent(kind=EventKind.ERROR, data=error_data(frame.data))
    data = json_object(frame.data)
    kind = data.get("type")
    if is_error(data):
        return AnswerEvent(kind=EventKind.ERROR, data=data)
    if not isinstance(kind, str) or not KIND.fullmatch(kind):
        raise UpstreamBroken("the answer holds a frame without a type")
    if type(data.get("index")) not in (int, NoneType):
        raise UpstreamBroken("a part of the answer has no number")
    delta = data.get("delta") or {}
    if not isinstance(delta, dict):
        raise UpstreamBroken("the answer holds an event without its content")
    if kind == END:
        return _ended(data, delta, line(frame.data))
    return AnswerEvent(
        kind=EventKind.CONTENT if _says(delta.get("message")) else EventKind.LIFECYCLE,
        data=data,
        text=line(frame.data),
        provider_id=provider_id(data.get("id")),
    )


def _ended(data: dict[str, Any], delta: dict[str, Any], text: str | None) -> AnswerEvent:
    if delta.get("error") or delta.get("finish_reason") == FAILED:
        return AnswerEvent(kind=EventKind.ERROR, data=data)
    return AnswerEvent(
        kind=EventKind.DONE,
        data=data,
        text=text,
        usage=usage(delta.get("usage")),
        finish=finish(delta.get("finish_reason")),
        provider_id=provider_id(data.get("id")),
    )


def _says(message: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether a reader would see anything of it: a text, a call, a citation."""
    if not isinstance(message, dict):
        return False
    for name, value in message.items():
        if isinstance(value, dict):
            if any(said for key, said in value.items() if key not in _SILENT):
                return True
        elif value and name not in _SILENT:
            return True
    return False
