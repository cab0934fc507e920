"""Answers of Cohere's first chat: whole bodies and streams of JSON lines, read into events.

Source: Cohere API reference, "Chat" and "Chat with Streaming" (v1); the SDK cohere 7.3.1 for
Python, as read in 2026; recorded traffic.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.dialects.answers import WholeBody, finish, json_object, provider_id
from guardrail_gw.dialects.cohere_chat.answer import FAILED, KIND, MAX_EVENT_BYTES, is_error, usage
from guardrail_gw.dialects.json_lines import JsonLinesDecoder
from guardrail_gw.dialects.sse import Frame
from guardrail_gw.errors import UpstreamBroken

END: Final = "stream-end"
_SHOWN: Final = {
    "text-generation": "text",
    "citation-generation": "citations",
    "tool-calls-generation": "tool_calls",
    "tool-calls-chunk": None,
}
"""Events in which a reader sees something -> the member that must not be empty for it."""


@dataclass(slots=True)
class WholeReader(WholeBody):
    """Reads an answer that is one JSON object."""

    def end(self) -> list[AnswerEvent]:
        """Return the one event."""
        text = self.text()
        data = json_object(text)
        if is_error(data) or data.get("finish_reason") == FAILED:
            return [AnswerEvent(kind=EventKind.ERROR, data=data)]
        if not isinstance(data.get("text"), str):
            raise UpstreamBroken("the answer is not a message")
        return [_event(EventKind.CONTENT, data, text, data)]


@dataclass(slots=True)
class StreamReader:
    """Reads a stream of JSON lines; what follows its end mark is nobody's."""

    _lines: JsonLinesDecoder = field(
        default_factory=lambda: JsonLinesDecoder(max_line_bytes=MAX_EVENT_BYTES)
    )
    _over: bool = False

    @property
    def complete(self) -> bool:
        """Whether the end mark was read."""
        return self._over

    def feed(self, chunk: bytes) -> Iterator[AnswerEvent]:
        """Yield the events that are complete now, each decoded when it is asked for."""
        yield from self._read(() if self._over else self._lines.feed(chunk))

    def end(self) -> Iterator[AnswerEvent]:
        """Yield what is left; an end mark must have come."""
        yield from self._read(() if self._over else self._lines.end())
        if not self._over:
            raise UpstreamBroken("the answer ended before its end mark")

    def _read(self, lines: Iterable[Frame]) -> Iterator[AnswerEvent]:
        for line in lines:
            event = _one(line.data)
            self._over = event.kind in (EventKind.DONE, EventKind.ERROR)
            yield event
            if self._over:  # before the next line is looked for
                return


def _one(text: str) -> AnswerEvent:
    data = json_object(text)
    kind = data.get("event_type")
    if is_error(data):
        return AnswerEvent(kind=EventKind.ERROR, data=data)
    if not isinstance(kind, str) or not KIND.fullmatch(kind):
        raise UpstreamBroken("the answer holds a line without a type")
    if kind == END:
        whole = data.get("response")
        if not isinstance(whole, dict):
            raise UpstreamBroken("the answer ended without saying what it was")
        if FAILED in (data.get("finish_reason"), whole.get("finish_reason")):
            return AnswerEvent(kind=EventKind.ERROR, data=data)
        return _event(EventKind.DONE, data, text, whole)
    shown = kind in _SHOWN and (_SHOWN[kind] is None or data.get(_SHOWN[kind] or ""))
    return AnswerEvent(
        kind=EventKind.CONTENT if shown else EventKind.LIFECYCLE, data=data, text=text
    )


def _event(kind: EventKind, data: dict[str, Any], text: str, whole: dict[str, Any]) -> AnswerEvent:
    """What an answer says of itself when it is whole."""
    reason = data.get("finish_reason") or whole.get("finish_reason")
    return AnswerEvent(
        kind=kind,
        data=data,
        text=text,
        usage=usage(whole.get("meta")),
        finish=finish(reason),
        provider_id=provider_id(whole.get("response_id") or whole.get("generation_id")),
    )
