"""Gemini answers, written from the hub's events.

Source: Gemini API reference, "GenerateContentResponse", as read in 2026. The last part of a stream
is its end mark (ADR 19): it alone has a finish reason, and the counts.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.core.amounts import Usage
from guardrail_gw.dialects.answers import MAX_ANSWER_BYTES, json_object
from guardrail_gw.dialects.translation.blank import HERE, Blank
from guardrail_gw.dialects.translation.gemini_generate.logprobs import told
from guardrail_gw.dialects.translation.gemini_generate.unsigned import UNSIGNED
from guardrail_gw.dialects.translation.hub import (
    Arguments,
    Begun,
    Called,
    Counted,
    Ended,
    Event,
    Said,
    Thought,
    Why,
)
from guardrail_gw.errors import UpstreamBroken

_REASONS: Final = {
    Why.SAID: "STOP",
    Why.LENGTH: "MAX_TOKENS",
    Why.CALLS: "STOP",
    Why.FILTERED: "SAFETY",
}
_NOTHING: Final[Mapping[str, Any]] = {"text": ""}


@dataclass(slots=True)
class Telling:
    """Writes one streamed answer; a call is written when it is whole, as here it always is.

    The first call has Google's word for the signature of another model's: handed back, it is taken
    by models that refuse a call without one.
    """

    _head: dict[str, Any] = field(default_factory=dict)
    _has_said: bool = False
    _has_called: bool = False
    _call: "_Call | None" = None
    _why: Why | None = None
    _usage: dict[str, Any] | None = None
    _blank: Blank | None = None
    """A part that is text, once the answer has begun."""

    def tell(self, event: Event) -> Iterator[dict[str, Any]]:
        """Yield the parts of an event."""
        match event:
            case Arguments():
                if self._call is None:
                    raise UpstreamBroken("the answer goes on with a call that has ended")
                self._call.add(event.text)
            case Begun():
                self._head = _head(event)
                self._blank = Blank.of(self._part([{"text": HERE}]))
            case Counted():
                self._usage = usage(event.usage, event.thought)
            case Ended():
                self._why = event.why
            case _:
                yield from self._said(event)

    def further(self, text: str) -> tuple[dict[str, Any], str] | None:
        """The part that is a piece of the text, and its JSON."""
        written = None if self._call or self._blank is None else self._blank.filled(text)
        if written is None:
            return None
        self._has_said = True
        return self._part([{"text": text}]), written

    def end(self) -> Iterator[dict[str, Any]]:
        """Yield what is left: a call, and the part that ends the answer.

        Raises:
            UpstreamBroken: nothing said that the answer is over.
        """
        if self._why is None:
            raise UpstreamBroken("the answer ended without a reason")
        calls = self._called()
        last = self._part(calls or [dict(_NOTHING)])
        last["candidates"][0]["finishReason"] = _REASONS[self._why]
        yield last | ({} if self._usage is None else {"usageMetadata": self._usage})

    def _said(self, event: Event) -> Iterator[dict[str, Any]]:
        if calls := self._called():
            yield self._part(calls)
        if isinstance(event, Called):
            self._call = _Call(id=event.id, name=event.name)
            if not self._has_said:  # the answer is under way, long as the call may take
                yield self._part([dict(_NOTHING)])
        elif isinstance(event, Said | Thought) and event.text:
            part = self._part([_text(event)])
            if isinstance(event, Said) and event.logprobs:
                part["candidates"][0]["logprobsResult"] = told(event.logprobs)
            yield part
        self._has_said = True

    def _called(self) -> list[dict[str, Any]]:
        call, self._call = self._call, None
        if call is None:
            return []
        signed = {} if self._has_called else {"thoughtSignature": UNSIGNED}
        self._has_called = True
        return [call.part() | signed]

    def _part(self, parts: list[dict[str, Any]]) -> dict[str, Any]:
        return {"candidates": [{"content": _content(parts), "index": 0}], **self._head}


@dataclass(slots=True)
class _Call:
    """A call whose arguments arrive."""

    id: str
    name: str
    _pieces: list[str] = field(default_factory=list, repr=False)
    _chars: int = 0

    def add(self, piece: str) -> None:
        """Add a piece of its arguments."""
        self._chars += len(piece)
        if self._chars > MAX_ANSWER_BYTES:
            raise UpstreamBroken("the arguments of a call are larger than 32 MiB")
        self._pieces.append(piece)

    def part(self) -> dict[str, Any]:
        """The call as a part.

        Raises:
            UpstreamBroken: its arguments are not JSON.
        """
        named = {"id": self.id, "name": self.name} if self.id else {"name": self.name}
        return {"functionCall": {**named, "args": _arguments("".join(self._pieces))}}


def whole(events: Iterable[Event], created_s: int) -> dict[str, Any]:  # noqa: ARG001 - the dialect has no such member
    """One body for an answer: its parts, and what stands beside them in the last.

    Raises:
        UpstreamBroken: arguments of a call are not JSON.
    """
    telling, parts, tokens = Telling(), list[dict[str, Any]](), list[Any]()
    for event in events:
        if isinstance(event, Said):
            tokens += event.logprobs
        for told_ in telling.tell(event):
            parts += told_["candidates"][0]["content"]["parts"]
    (body,) = telling.end()
    parts += body["candidates"][0]["content"]["parts"]
    body["candidates"][0]["content"] = _content([part for part in parts if part != _NOTHING])
    if tokens:
        body["candidates"][0]["logprobsResult"] = told(tokens)
    return body


def usage(counts: Usage, thought: int) -> dict[str, Any]:
    """Counts: what was read from a cache or written to one is prompt, thoughts are apart."""
    prompt = counts.read
    said = max(counts.output - thought, 0)
    told_ = {
        "promptTokenCount": prompt,
        "candidatesTokenCount": said,
        "totalTokenCount": prompt + counts.output,
    }
    if counts.cached_input:
        told_["cachedContentTokenCount"] = counts.cached_input
    if thought:
        told_["thoughtsTokenCount"] = counts.output - said
    return told_


def _head(event: Begun) -> dict[str, Any]:
    named = {"modelVersion": event.model, "responseId": event.id}
    return {name: value for name, value in named.items() if value}


def _content(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"parts": parts, "role": "model"}


def _text(event: Said | Thought) -> dict[str, Any]:
    thought = {"thought": True} if isinstance(event, Thought) else {}
    return {"text": event.text, **thought}


def _arguments(text: str) -> dict[str, Any]:
    return json_object(text) if text.strip() else {}
