"""Responses answers: whole bodies and streams of events, read into events.

Source: OpenAI API reference, "The response object" and "Streaming events", as read in 2026.
Oddities as recorded: several answers in one stream, `error` before `response.failed`, items whose
ids change on every event.
"""

import re
from dataclasses import dataclass, field
from types import NoneType
from typing import Any, ClassVar, Final

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import AnswerEvent, EventKind, Head
from guardrail_gw.dialects.answers import (
    MarkedStream,
    WholeBody,
    count,
    error_data,
    finish,
    json_object,
    line,
    part,
    provider_id,
)
from guardrail_gw.dialects.openai_responses.head import INPUT_TOKENS
from guardrail_gw.dialects.sse import Frame, SseDecoder
from guardrail_gw.dialects.tiers import tier_of
from guardrail_gw.errors import UpstreamBroken

MAX_EVENT_BYTES: Final = 8 << 20
"""Events at the end repeat all that was said before, pictures as well."""
INDICES: Final = ("output_index", "content_index", "summary_index", "command_index")

_TYPE = re.compile(r"[a-z][a-z0-9_.]{0,127}")
_ENDS: Final = ("response.completed", "response.incomplete")
_FAILS: Final = ("error", "response.failed")
_TELL: Final = ("response.created", "response.queued", "response.in_progress")
_OPEN: Final = {
    "response.output_item.added": "item",
    "response.content_part.added": "part",
    "response.reasoning_summary_part.added": "part",
}
"""What begins -> the member that holds it."""
_UNFINISHED: Final = ("queued", "in_progress")
_FAILED: Final = ("failed", "cancelled")
_GROWS: Final = ("message", "reasoning")
"""Items in which nothing is said when they begin."""
_SILENT: Final = frozenset(
    {"type", "id", "role", "status", "phase", "annotations", "logprobs", "encrypted_content"}
)


@dataclass(slots=True)
class WholeReader(WholeBody):
    """Reads an answer that is one JSON object.

    Args:
        counting: it says how many tokens a request has, and nothing else.
    """

    counting: bool = False

    def end(self) -> list[AnswerEvent]:
        """Return the one event."""
        text = self.text()
        data = json_object(text)
        if data.get("error") is not None or data.get("status") in _FAILED:
            return [_failed(data)]
        if self.counting:
            if count(data, "input_tokens") is None:
                raise UpstreamBroken("the answer is not a count of tokens")
            return [AnswerEvent(kind=EventKind.CONTENT, data=data, text=text)]
        if not _is_response(data):
            raise UpstreamBroken("the answer is not a response")
        if data.get("status") in _UNFINISHED:
            raise UpstreamBroken("the answer is not finished")
        return [_told(EventKind.CONTENT, data, data, text)]


@dataclass(slots=True)
class StreamReader(MarkedStream):
    """Reads a stream of events; the end mark is `response.completed` or `response.incomplete`."""

    passed_on: ClassVar[EventKind] = EventKind.CONTENT
    _frames: SseDecoder = field(default_factory=lambda: SseDecoder(MAX_EVENT_BYTES))

    def _one(self, frame: Frame) -> AnswerEvent:
        return _event(frame)


def reader(head: Head, *, stream: bool) -> WholeReader | StreamReader:
    """A fresh reader for one answer to a question with this head."""
    return StreamReader() if stream else WholeReader(counting=head.path == INPUT_TOKENS)


def usage(counts: Any) -> Usage | None:  # noqa: ANN401 - JSON
    """The token counts of an answer, each token in one class; None when none can be read."""
    if not isinstance(counts, dict):
        return None
    asked, output = count(counts, "input_tokens"), count(counts, "output_tokens")
    if asked is None and output is None:
        return None
    details = counts.get("input_tokens_details")
    details = details if isinstance(details, dict) else {}
    asked = asked or 0
    cached = min(count(details, "cached_tokens") or 0, asked)
    written = min(count(details, "cache_write_tokens") or 0, asked - cached)
    return Usage(
        input=asked - cached - written,
        output=output or 0,
        cached_input=cached,
        cache_write=written,
        audio_input=part(details, "audio_tokens", asked - cached - written),
        audio_output=part(counts.get("output_tokens_details"), "audio_tokens", output or 0),
    )


def _event(frame: Frame) -> AnswerEvent:
    if frame.event == "error":
        return _failed(error_data(frame.data))
    data = json_object(frame.data)
    kind = data.get("type")
    if kind in _FAILS or data.get("error") is not None:
        return _failed(data)
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        raise UpstreamBroken("the answer holds a frame without a type")
    if not all(type(data.get(name)) in (int, NoneType) for name in INDICES):
        raise UpstreamBroken("a part of the answer has no number")
    text = line(frame.data)
    if kind in _ENDS:
        return _told(EventKind.DONE, data, _object(data, "response"), text)
    if kind in _TELL:
        return _told(EventKind.LIFECYCLE, data, _object(data, "response"), text)
    shown = not kind.endswith("keepalive") if kind not in _OPEN else _opens(data, _OPEN[kind])
    return AnswerEvent(
        kind=EventKind.CONTENT if shown else EventKind.LIFECYCLE, data=data, text=text
    )


def _told(
    kind: EventKind, data: dict[str, Any], response: dict[str, Any], text: str | None
) -> AnswerEvent:
    return AnswerEvent(
        kind=kind,
        data=data,
        text=text,
        usage=usage(response.get("usage")),
        tier=tier_of(response.get("service_tier")),
        finish=None if kind is EventKind.LIFECYCLE else _reason(response),
        provider_id=provider_id(response.get("id")),
    )


def _reason(response: dict[str, Any]) -> str | None:
    details = response.get("incomplete_details")
    reason = details.get("reason") if isinstance(details, dict) else None
    return finish(reason or response.get("status"))


def _failed(data: dict[str, Any]) -> AnswerEvent:
    """An error; it may stand in the event, in its response, or be the event itself."""
    response = data.get("response")
    holder = response if isinstance(response, dict) else data
    error = holder.get("error")
    said = error if isinstance(error, dict) else {"code": data.get("code")}
    return AnswerEvent(kind=EventKind.ERROR, data={"error": said})


def _is_response(data: dict[str, Any]) -> bool:
    items = data.get("output")
    return isinstance(items, list) and all(isinstance(item, dict) for item in items)


def _object(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    if not isinstance(value, dict):
        raise UpstreamBroken("the answer holds an event without its content")
    return value


def _opens(data: dict[str, Any], name: str) -> bool:
    """Whether a reader would see anything of an item or part that begins: a call, a text."""
    begun = _object(data, name)
    if name == "item" and begun.get("type") not in _GROWS:
        return True
    return any(value for key, value in begun.items() if key not in _SILENT)
