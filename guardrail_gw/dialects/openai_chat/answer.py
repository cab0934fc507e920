"""Chat answers: whole bodies and streams of chunks, read into events.

Source: OpenAI API reference, "The chat completion object" and
"chunk object"; oddities of near-copies as recorded (no end mark after every choice has
finished, usage in `x_groq`, errors within a 200).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.dialects.answers import (
    WholeBody,
    count,
    error_data,
    finish,
    json_object,
    line,
    part,
    provider_id,
)
from guardrail_gw.dialects.sse import Frame, SseDecoder
from guardrail_gw.dialects.tiers import tier_of
from guardrail_gw.errors import UpstreamBroken

_SILENT = frozenset({"role", "id", "type", "index", "object"})


@dataclass(slots=True)
class WholeReader(WholeBody):
    """Reads an answer that is one JSON object."""

    def end(self) -> list[AnswerEvent]:
        """Return the one event."""
        text = self.text()
        data = json_object(text)
        if _is_error(data):
            return [AnswerEvent(kind=EventKind.ERROR, data=data)]
        choices = _choices(data)
        if not choices or not all(map(self.is_whole, choices)):
            raise UpstreamBroken("the answer is not a completion")
        return [_event(EventKind.CONTENT, data, choices, text)]

    def is_whole(self, choice: dict[str, Any]) -> bool:
        """Whether it is a choice of a whole answer."""
        return isinstance(choice.get("message"), dict)


@dataclass(slots=True)
class StreamReader:
    """Reads a stream of chunks."""

    _frames: SseDecoder = field(default_factory=SseDecoder)
    _open: dict[Any, bool] = field(default_factory=dict)
    """Choice index -> whether it still lacks a finish reason."""
    _done: bool = False

    @property
    def complete(self) -> bool:
        """Whether the end mark was read."""
        return self._done

    def feed(self, chunk: bytes) -> Iterator[AnswerEvent]:
        """Yield the events that are complete now, each decoded when it is asked for."""
        yield from self._read(self._frames.feed(chunk))

    def end(self) -> Iterator[AnswerEvent]:
        """Yield what is left; without an end mark every choice must have finished."""
        failed = False
        for event in self._read(self._frames.end()):
            failed = event.kind is EventKind.ERROR
            yield event
        if self._done or failed:
            return
        if not self._open or any(self._open.values()):
            raise UpstreamBroken("the answer ended before its end mark")
        self._done = True
        yield AnswerEvent(kind=EventKind.DONE)

    def _read(self, frames: list[Frame]) -> Iterator[AnswerEvent]:
        for frame in frames:
            if self._done:  # whatever follows the end mark is nobody's
                return
            event = self._one(frame)
            self._done = event.kind in (EventKind.DONE, EventKind.ERROR)
            yield event

    def _one(self, frame: Frame) -> AnswerEvent:
        if frame.event == "error":
            return AnswerEvent(kind=EventKind.ERROR, data=error_data(frame.data))
        if frame.data.strip() == "[DONE]":
            return AnswerEvent(kind=EventKind.DONE)
        data = json_object(frame.data)
        if _is_error(data):
            return AnswerEvent(kind=EventKind.ERROR, data=data)
        choices = _choices(data)
        for choice in choices:
            index = choice.get("index", 0)
            finished = bool(choice.get("finish_reason"))
            if type(index) is not int:
                raise UpstreamBroken("a choice of the answer has no number")
            self._open[index] = self._open.get(index, True) and not finished
        return _event(_kind(data, choices), data, choices, line(frame.data))


def usage(data: dict[str, Any]) -> Usage | None:
    """The token counts of a chunk or body; None when it has none that can be read."""
    counts = data.get("usage")
    if not isinstance(counts, dict):
        extra = data.get("x_groq")
        counts = extra.get("usage") if isinstance(extra, dict) else None
    if not isinstance(counts, dict):
        return None
    prompt, output = count(counts, "prompt_tokens"), count(counts, "completion_tokens")
    if prompt is None and output is None:
        return None
    details = counts.get("prompt_tokens_details")
    cached = count(details, "cached_tokens") if isinstance(details, dict) else 0
    cached = min(cached or 0, prompt or 0)
    fresh = (prompt or 0) - cached
    return Usage(
        input=fresh,
        output=output or 0,
        cached_input=cached,
        audio_input=part(details, "audio_tokens", fresh),
        audio_output=part(counts.get("completion_tokens_details"), "audio_tokens", output or 0),
    )


def _event(
    kind: EventKind, data: dict[str, Any], choices: list[dict[str, Any]], text: str | None
) -> AnswerEvent:
    reasons = [reason for choice in choices if (reason := choice.get("finish_reason"))]
    return AnswerEvent(
        kind=kind,
        data=data,
        text=text,
        usage=usage(data) if "usage" in data or "x_groq" in data else None,
        tier=tier_of(data["service_tier"]) if "service_tier" in data else None,
        finish=finish(reasons[0]) if reasons else None,
        provider_id=provider_id(data.get("id")),
    )


def _kind(data: dict[str, Any], choices: list[dict[str, Any]]) -> EventKind:
    if not choices:
        return EventKind.USAGE if isinstance(data.get("usage"), dict) else EventKind.LIFECYCLE
    return EventKind.CONTENT if any(map(_is_shown, choices)) else EventKind.LIFECYCLE


def _is_shown(choice: dict[str, Any]) -> bool:
    """Whether a reader would see anything of it: text, a call, or that it is finished."""
    if choice.get("finish_reason") or choice.get("text"):
        return True
    return _tells(choice.get("delta")) or _tells(choice.get("message"))


def _tells(part: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether a delta or message holds anything besides whose it is."""
    if not isinstance(part, dict):
        return False
    for name, value in part.items():  # noqa: SIM110 - once per event: a generator costs as much
        if name != "role" and _says(value):
            return True
    return False


def _says(value: Any) -> bool:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return bool(value)
    if isinstance(value, dict):
        return any(_says(v) for k, v in value.items() if k not in _SILENT)
    return isinstance(value, list) and bool(value)


def _is_error(data: dict[str, Any]) -> bool:
    """Whether something failed: said as such, or by the reason for a choice's end (OpenRouter)."""
    if data.get("error"):
        return True
    choices = data.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict) and choice.get("finish_reason") == "error":
            return True
    return False


def _choices(data: dict[str, Any]) -> list[dict[str, Any]]:
    choices = data.get("choices")
    if choices is None and isinstance(data.get("usage"), dict):
        return []
    if not isinstance(choices, list) or not all(map(_is_choice, choices)):
        raise UpstreamBroken("the answer holds a frame that is not a chat chunk")
    return choices


def _is_choice(choice: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(choice, dict) and type(choice.get("index", 0)) is int
