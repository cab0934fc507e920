"""Gemini answers: whole bodies and streams of partial ones, read into events.

Source: Gemini API reference, "GenerateContentResponse" and "FinishReason"; Vertex AI reference, as
read in 2026. Oddities as recorded: candidates without content or number, enumerations as numbers,
every part of a stream with a finish reason, prompts that are blocked without a candidate.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
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
from guardrail_gw.dialects.gemini_generate import address
from guardrail_gw.dialects.json_array import MAX_ELEMENT_BYTES, JsonArrayDecoder
from guardrail_gw.dialects.sse import Frame, SseDecoder
from guardrail_gw.dialects.tiers import counted_tier
from guardrail_gw.errors import UpstreamBroken

_NOT_OVER: Final = (None, 0, "", "FINISH_REASON_UNSPECIFIED")
_BY_NUMBER: Final = {1: "STOP", 2: "MAX_TOKENS", 3: "SAFETY", 4: "RECITATION", 5: "OTHER"}
"""Of `FinishReason`, those with the same number in all versions."""
_BLOCKED_BY_NUMBER: Final = {1: "SAFETY", 2: "OTHER", 3: "BLOCKLIST", 4: "PROHIBITED_CONTENT"}
"""Of `BlockReason`, likewise."""
_REASON: Final = (str, int, NoneType)
"""What a finish reason may be."""
_SILENT: Final = frozenset({"thought", "thoughtSignature"})
_RESPONSE: Final = frozenset({"candidates", "promptFeedback", "usageMetadata"})
"""At least one of these makes an object an answer."""
_COUNTED: Final = "totalTokens"
_EMBEDDED: Final = {address.EMBED: "embedding", address.EMBED_MANY: "embeddings"}


@dataclass(slots=True)
class WholeReader(WholeBody):
    """Reads an answer that is one JSON object.

    Args:
        operation: what was asked for.
    """

    operation: str = address.GENERATE

    def end(self) -> list[AnswerEvent]:
        """Return the one event."""
        text = self.text()
        data = json_object(text)
        if "error" in data:
            return [AnswerEvent(kind=EventKind.ERROR, data=data)]
        if self.operation == address.GENERATE:
            found, blocked = candidates(data), block_reason(data)
            event = _event(data, text, _usage(data), found, blocked)
            return [replace(event, kind=EventKind.CONTENT)]
        if not _is_result(data, self.operation):
            raise UpstreamBroken("the answer is not what was asked for")
        return [AnswerEvent(kind=EventKind.CONTENT, data=data, text=text, usage=_usage(data))]


@dataclass(slots=True)
class StreamReader:
    """Reads a stream of partial answers: events, or the elements of one JSON array.

    Neither has an end mark that says it all: a stream is over when every candidate has a finish
    reason, or the prompt was blocked, and an array is closed. Until then the last part is held
    back.
    """

    _framing: SseDecoder | JsonArrayDecoder | None = None
    _lead: bytes = b""
    """What came before it was clear which of the two it is."""
    _open: dict[int, bool] = field(default_factory=dict)
    """Candidate -> whether it still lacks a finish reason."""
    _blocked: bool = False
    _counts: dict[str, Any] = field(default_factory=dict)
    """Token counts so far; the last word on each counts."""
    _usage: Usage | None = None
    """The same, read."""
    _held: AnswerEvent | None = None
    """The part after which nothing needs to follow."""
    _over: bool = False

    @property
    def complete(self) -> bool:
        """Whether nothing needs to follow."""
        return self._held is not None and self._is_closed

    def feed(self, chunk: bytes) -> Iterator[AnswerEvent]:
        """Yield the events that are complete now, each decoded when it is asked for."""
        if self._framing is None:
            chunk, self._lead = self._lead + chunk, b""
            bare = chunk.lstrip()
            if not bare:
                self._lead = chunk[-1:]
                return
            self._framing = JsonArrayDecoder() if bare[:1] == b"[" else _events()
        yield from self._read(self._framing.feed(chunk))

    def end(self) -> Iterator[AnswerEvent]:
        """Yield what is left; by now every candidate must have finished."""
        if self._framing is not None:
            yield from self._read(self._framing.end())
        held, self._held = self._held, None
        if held is not None and self._is_closed:
            self._over = True
            yield replace(held, kind=EventKind.DONE)
        elif not self._over:
            raise UpstreamBroken("the answer ended before its end")

    @property
    def _is_closed(self) -> bool:
        return not isinstance(self._framing, JsonArrayDecoder) or self._framing.closed

    def _read(self, parts: list[Frame]) -> Iterator[AnswerEvent]:
        for part in parts:
            if self._over or part.data.strip() == "[DONE]":  # other dialects' mark, from habit
                continue
            event = self._one(part)
            held, self._held = self._held, None
            if held is not None:
                yield held
            self._over = event.kind is EventKind.ERROR
            if self._is_finished and not self._over:
                self._held = event
            else:
                yield event

    @property
    def _is_finished(self) -> bool:
        return not any(self._open.values()) if self._open else self._blocked

    def _one(self, part: Frame) -> AnswerEvent:
        if part.event == "error":
            return AnswerEvent(kind=EventKind.ERROR, data=error_data(part.data))
        data = json_object(part.data)
        if "error" in data:
            return AnswerEvent(kind=EventKind.ERROR, data=data)
        found, blocked = candidates(data), block_reason(data)
        for index, candidate in found:
            self._open[index] = self._open.get(index, True) and not is_over(candidate)
        self._blocked = self._blocked or blocked is not None
        counts = data.get("usageMetadata")
        if isinstance(counts, dict):
            self._counts.update(counts)
            self._usage = usage(self._counts)
        return _event(data, line(part.data), self._usage, found, blocked)


Candidates = list[tuple[int, dict[str, Any]]]
"""Each with its number."""


def candidates(data: Mapping[str, Any]) -> Candidates:
    """Each candidate of a part with its number, which is left out where it is the first.

    Raises:
        UpstreamBroken: one is of another form.
    """
    found = data.get("candidates")
    if found is None:
        return []
    if not isinstance(found, list) or not all(map(_is_candidate, found)):
        raise UpstreamBroken("the answer holds something that is no candidate")
    return [(each.get("index", position), each) for position, each in enumerate(found)]


def is_over(candidate: dict[str, Any]) -> bool:
    """Whether a candidate has a finish reason."""
    return candidate.get("finishReason") not in _NOT_OVER


def reason_of(candidate: dict[str, Any]) -> str | None:
    """Why a candidate ended, by its name; None where it has not."""
    reason = candidate.get("finishReason")
    return None if reason in _NOT_OVER else str(_BY_NUMBER.get(reason, reason))


def block_reason(data: Mapping[str, Any]) -> str | None:
    """Why the prompt was not answered at all, by its name; None where it was."""
    feedback = data.get("promptFeedback")
    reason = feedback.get("blockReason") if isinstance(feedback, dict) else None
    if not isinstance(reason, str | int) or reason in _NOT_OVER:
        return None
    return str(_BLOCKED_BY_NUMBER.get(reason, reason)) if type(reason) is int else str(reason)


def usage(counts: Any) -> Usage | None:  # noqa: ANN401 - JSON
    """The token counts of an answer, each token in one class; None when none can be read.

    Tokens that came of the provider's tools are input, thoughts are output; neither is among the
    prompt's or the candidates' own.
    """
    if not isinstance(counts, dict):
        return None
    prompt, said = count(counts, "promptTokenCount"), count(counts, "candidatesTokenCount")
    if prompt is None and said is None:
        return None
    cached = min(count(counts, "cachedContentTokenCount") or 0, prompt or 0)
    tools = count(counts, "toolUsePromptTokenCount") or 0
    fresh, written = (prompt or 0) - cached + tools, said or 0
    made = counts.get("candidatesTokensDetails")
    return Usage(
        input=fresh,
        output=written + (count(counts, "thoughtsTokenCount") or 0),
        cached_input=cached,
        audio_input=_of_kind(counts.get("promptTokensDetails"), "AUDIO", fresh),
        audio_output=_of_kind(made, "AUDIO", written),
        image_output=_of_kind(made, "IMAGE", written),
    )


def _of_kind(details: Any, kind: str, most: int) -> int:  # noqa: ANN401 - JSON
    """The tokens of one kind of content; no more than there can be."""
    entries = details if isinstance(details, list) else []
    own = (e for e in entries if isinstance(e, dict) and e.get("modality") == kind)
    return min(sum(count(each, "tokenCount") or 0 for each in own), most)


def _usage(data: dict[str, Any]) -> Usage | None:
    return usage(data.get("usageMetadata"))


def _events() -> SseDecoder:
    return SseDecoder(max_event_bytes=MAX_ELEMENT_BYTES)


def _event(
    data: dict[str, Any],
    text: str | None,
    counted: Usage | None,
    found: Candidates,
    blocked: str | None,
) -> AnswerEvent:
    if _RESPONSE.isdisjoint(data):
        raise UpstreamBroken("the answer holds something that is no part of one")
    reasons = [reason_of(each) for _, each in found if is_over(each)]
    reason = (reasons[0] if reasons else None) or blocked
    return AnswerEvent(
        kind=_kind(data, found, blocked),
        data=data,
        text=text,
        usage=counted,
        tier=counted_tier(data.get("usageMetadata")),
        finish=finish(reason),
        provider_id=provider_id(data.get("responseId")),
    )


def _kind(data: dict[str, Any], found: Candidates, blocked: str | None) -> EventKind:
    if blocked is not None or any(_says(candidate) for _, candidate in found):
        return EventKind.CONTENT
    return EventKind.LIFECYCLE if found or "usageMetadata" not in data else EventKind.USAGE


def _says(candidate: dict[str, Any]) -> bool:
    """Whether a reader would see anything of it: a text, a call, or that it is over."""
    if is_over(candidate):
        return True
    parts = (candidate.get("content") or {}).get("parts") or ()
    return any(value for part in parts for key, value in part.items() if key not in _SILENT)


def _is_candidate(candidate: Any) -> bool:  # noqa: ANN401 - JSON
    if not isinstance(candidate, dict) or type(candidate.get("index", 0)) is not int:
        return False
    if not isinstance(candidate.get("finishReason"), _REASON):
        return False
    content = candidate.get("content")
    if content is None:
        return True
    parts = content.get("parts", ()) if isinstance(content, dict) else ""
    if isinstance(parts, list):
        return all([isinstance(part, dict) for part in parts])  # noqa: C419 - quicker, of one or two
    return parts in (None, ())


def _is_result(data: dict[str, Any], operation: str) -> bool:
    if operation == address.COUNT:
        return count(data, _COUNTED) is not None
    return isinstance(data.get(_EMBEDDED[operation]), dict | list)
