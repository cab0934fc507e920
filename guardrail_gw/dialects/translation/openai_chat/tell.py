"""Chat answers, written from the hub's events.

Source: OpenAI API reference, "The chat completion object" and "chunk object", as read in 2026.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from guardrail_gw.core.amounts import Usage
from guardrail_gw.dialects.translation.hub import (
    Arguments,
    Begun,
    Called,
    Counted,
    Ended,
    Event,
    Said,
    Why,
)
from guardrail_gw.errors import UpstreamBroken

_REASONS: Final = {
    Why.SAID: "stop",
    Why.LENGTH: "length",
    Why.CALLS: "tool_calls",
    Why.FILTERED: "content_filter",
}


@dataclass(slots=True)
class Telling:
    """Writes one streamed answer.

    Args:
        created_s: seconds since the epoch.
    """

    created_s: int
    _id: str = ""
    _model: str = ""
    _calls: int = 0
    _usage: Usage | None = None
    _has_ended: bool = False

    def tell(self, event: Event) -> Iterator[dict[str, Any]]:
        """Yield the chunks of an event."""
        match event:
            case Begun():
                self._id, self._model = event.id, event.model
                yield self._chunk({"role": "assistant", "content": ""})
            case Said():
                yield self._chunk({"content": event.text})
            case Called():
                yield self._chunk({"tool_calls": [_begun_call(event, self._calls)]})
                self._calls += 1
            case Arguments():
                piece = {"index": self._calls - 1, "function": {"arguments": event.text}}
                yield self._chunk({"tool_calls": [piece]})
            case Ended():
                self._has_ended = True
                yield self._chunk({}, _REASONS[event.why])
            case Counted():
                self._usage = event.usage

    def end(self) -> Iterator[dict[str, Any]]:
        """Yield the last chunk: the counts, which are known by now.

        Raises:
            UpstreamBroken: nothing said that the answer is over.
        """
        if not self._has_ended:
            raise UpstreamBroken("the answer ended without a reason")
        if self._usage is not None:
            yield {**self._head(), "choices": [], "usage": usage(self._usage)}

    def _head(self) -> dict[str, Any]:
        return {
            "id": self._id,
            "object": "chat.completion.chunk",
            "created": self.created_s,
            "model": self._model,
        }

    def _chunk(self, delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return {**self._head(), "choices": [choice]}


def _begun_call(event: Called, index: int) -> dict[str, Any]:
    function = {"name": event.name, "arguments": ""}
    return {"index": index, "id": event.id, "type": "function", "function": function}


def whole(events: Iterable[Event], created_s: int) -> dict[str, Any]:
    """One body for an answer."""
    body: dict[str, Any] = {"id": "", "object": "chat.completion", "created": created_s}
    texts, calls, reason = list[str](), list[dict[str, Any]](), "stop"
    for event in events:
        match event:
            case Begun():
                body |= {"id": event.id, "model": event.model}
            case Said():
                texts.append(event.text)
            case Called():
                function = {"name": event.name, "arguments": ""}
                calls.append({"id": event.id, "type": "function", "function": function})
            case Arguments():
                calls[-1]["function"]["arguments"] += event.text
            case Ended():
                reason = _REASONS[event.why]
            case Counted():
                body["usage"] = usage(event.usage)
    message = {"role": "assistant", "content": "".join(texts) if texts else None}
    choice = {"index": 0, "message": message | ({"tool_calls": calls} if calls else {})}
    body["choices"] = [choice | {"finish_reason": reason}]
    return body


def usage(counts: Usage) -> dict[str, Any]:
    """Counts: what was read from a cache or written to one is input here."""
    written = counts.cache_write + counts.cache_write_long
    prompt = counts.input + counts.cached_input + written
    return {
        "prompt_tokens": prompt,
        "completion_tokens": counts.output,
        "total_tokens": prompt + counts.output,
        "prompt_tokens_details": {"cached_tokens": counts.cached_input},
    }
