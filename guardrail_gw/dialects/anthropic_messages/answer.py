"""Messages answers: whole bodies and streams of events, read into events.

Source: Anthropic API reference, "Messages" and "Streaming Messages", as read in 2026. Oddities as
recorded: messages that begin twice, several in one stream, blocks that begin with content.
"""

import re
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.dialects.answers import (
    MarkedStream,
    WholeBody,
    count,
    error_data,
    finish,
    json_object,
    line,
    provider_id,
)
from guardrail_gw.dialects.sse import Frame
from guardrail_gw.dialects.tiers import counted_tier
from guardrail_gw.errors import UpstreamBroken

_TYPE = re.compile(r"[a-z][a-z_]{0,63}")
_SILENT: Final = frozenset({"type", "text", "thinking", "citations", "signature"})
"""Members of a block that begins, in which nothing is said while they are empty."""
_LONG_CACHE: Final = "ephemeral_1h_input_tokens"


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
        if data.get("type") == "error" or "error" in data:
            return [AnswerEvent(kind=EventKind.ERROR, data=data)]
        if self.counting:
            return [_counted(data, text)]
        if not _is_message(data):
            raise UpstreamBroken("the answer is not a message")
        return [
            AnswerEvent(
                kind=EventKind.CONTENT,
                data=data,
                text=text,
                usage=usage(data.get("usage")),
                tier=counted_tier(data.get("usage")),
                finish=finish(data.get("stop_reason")),
                provider_id=provider_id(data.get("id")),
            )
        ]


@dataclass(slots=True)
class StreamReader(MarkedStream):
    """Reads a stream of events; the end mark is `message_stop`."""

    passed_on: ClassVar[EventKind] = EventKind.LIFECYCLE
    _counts: dict[str, Any] = field(default_factory=dict)
    """Token counts so far; the last word on each counts."""

    def _one(self, frame: Frame) -> AnswerEvent:
        if frame.event == "error":
            return AnswerEvent(kind=EventKind.ERROR, data=error_data(frame.data))
        data = json_object(frame.data)
        kind = data.get("type")
        if kind == "error" or "error" in data:
            return AnswerEvent(kind=EventKind.ERROR, data=data)
        if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
            raise UpstreamBroken("the answer holds a frame without a type")
        return self._known(kind, data, line(frame.data))

    def _known(self, kind: str, data: dict[str, Any], text: str | None) -> AnswerEvent:
        if kind == "content_block_delta":  # nearly all of them
            _numbered(data)
            shown = EventKind.CONTENT if _says(_object(data, "delta")) else EventKind.LIFECYCLE
            return AnswerEvent(kind=shown, data=data, text=text)
        if kind == "content_block_start":
            _numbered(data)
            opens = _opens(_object(data, "content_block"))
            shown = EventKind.CONTENT if opens else EventKind.LIFECYCLE
            return AnswerEvent(kind=shown, data=data, text=text)
        if kind == "message_start":
            return self._begun(data, text)
        if kind == "message_delta":
            return self._changed(data, text)
        if kind == "message_stop":
            return AnswerEvent(kind=EventKind.DONE, data=data, text=text)
        if kind == "content_block_stop":
            _numbered(data)
        return AnswerEvent(kind=EventKind.LIFECYCLE, data=data, text=text)

    def _begun(self, data: dict[str, Any], text: str | None) -> AnswerEvent:
        message = _object(data, "message")
        self._counts = {}
        return AnswerEvent(
            kind=EventKind.CONTENT if message.get("content") else EventKind.LIFECYCLE,
            data=data,
            text=text,
            usage=self._usage(message.get("usage")),
            tier=counted_tier(self._counts),
            provider_id=provider_id(message.get("id")),
        )

    def _changed(self, data: dict[str, Any], text: str | None) -> AnswerEvent:
        reason = finish(_object(data, "delta").get("stop_reason"))
        return AnswerEvent(
            kind=EventKind.LIFECYCLE if reason is None else EventKind.CONTENT,
            data=data,
            text=text,
            usage=self._usage(data.get("usage")),
            tier=counted_tier(self._counts),
            finish=reason,
        )

    def _usage(self, counts: Any) -> Usage | None:  # noqa: ANN401 - JSON
        if isinstance(counts, dict):
            self._counts.update({k: v for k, v in counts.items() if v is not None})
        return usage(self._counts)


def usage(counts: Any) -> Usage | None:  # noqa: ANN401 - JSON
    """The token counts of an answer, each token in one class; None when none can be read."""
    if not isinstance(counts, dict):
        return None
    fresh, output = count(counts, "input_tokens"), count(counts, "output_tokens")
    if fresh is None and output is None:
        return None
    written = count(counts, "cache_creation_input_tokens") or 0
    details = counts.get("cache_creation")
    long = count(details, _LONG_CACHE) if isinstance(details, dict) else 0
    long = min(long or 0, written)
    return Usage(
        input=fresh or 0,
        output=output or 0,
        cached_input=count(counts, "cache_read_input_tokens") or 0,
        cache_write=written - long,
        cache_write_long=long,
    )


def _counted(data: dict[str, Any], text: str) -> AnswerEvent:
    if count(data, "input_tokens") is None:
        raise UpstreamBroken("the answer is not a count of tokens")
    return AnswerEvent(kind=EventKind.CONTENT, data=data, text=text)


def _is_message(data: dict[str, Any]) -> bool:
    blocks = data.get("content")
    return (
        data.get("type") == "message"
        and isinstance(blocks, list)
        and all(isinstance(block, dict) for block in blocks)
    )


def _object(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    if not isinstance(value, dict):
        raise UpstreamBroken("the answer holds an event without its content")
    return value


def _numbered(data: dict[str, Any]) -> None:
    if type(data.get("index")) is not int:
        raise UpstreamBroken("a block of the answer has no number")


def _says(delta: dict[str, Any]) -> bool:
    return any(value not in ("", None, []) for key, value in delta.items() if key != "type")


def _opens(block: dict[str, Any]) -> bool:
    """Whether a reader would see anything of a block that begins: a call, a result, a text."""
    return any(value for key, value in block.items() if key != "type") or not _SILENT.issuperset(
        block
    )
