"""Chat answers, written from the hub's events.

Source: OpenAI API reference, "The chat completion object" and "chunk object", as read in 2026.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from guardrail_gw.dialects.translation.blank import HERE, Blank
from guardrail_gw.dialects.translation.hub import (
    Arguments,
    Begun,
    Called,
    Cited,
    Counted,
    Ended,
    Event,
    Said,
    Thought,
    Why,
)
from guardrail_gw.errors import UpstreamBroken

_REASONS: Final = {
    Why.SAID: "stop",
    Why.LENGTH: "length",
    Why.CALLS: "tool_calls",
    Why.FILTERED: "content_filter",
}

_NONE: Final = "{}"
"""No arguments: clients read their text as JSON."""


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
    _is_bare: bool = False
    """Of the last call no arguments were told yet."""
    _usage: dict[str, Any] | None = None
    _has_ended: bool = False
    _blank: Blank | None = None
    """A chunk with a piece of the text, once the answer has begun."""

    def tell(self, event: Event) -> Iterator[dict[str, Any]]:
        """Yield the chunks of an event."""
        match event:
            case Begun():
                self._id, self._model = event.id, event.model
                self._blank = Blank.of(self._chunk({"content": HERE}))
                yield self._chunk({"role": "assistant", "content": ""})
            case Thought(text=""):
                pass  # a seal, for which there is no member
            case Said() | Thought() | Cited():
                yield self._said(event)
            case Called():
                yield from self._none_given()
                yield self._chunk({"tool_calls": [_begun_call(event, self._calls)]})
                self._calls += 1
                self._is_bare = True
            case Arguments():
                self._is_bare = False
                yield self._given(event.text)
            case Ended():
                yield from self._over(event.why)
            case Counted():
                self._usage = usage(event)

    def further(self, text: str) -> tuple[dict[str, Any], str] | None:
        """The chunk of a piece of the text, and its JSON."""
        written = None if self._blank is None else self._blank.filled(text)
        return None if written is None else (self._chunk({"content": text}), written)

    def end(self) -> Iterator[dict[str, Any]]:
        """Yield the last chunk: the counts, which are known by now.

        Raises:
            UpstreamBroken: nothing said that the answer is over.
        """
        if not self._has_ended:
            raise UpstreamBroken("the answer ended without a reason")
        if self._usage is not None:
            yield {**self._head(), "choices": [], "usage": self._usage}

    def _over(self, why: Why) -> Iterator[dict[str, Any]]:
        if why is not Why.LENGTH:
            yield from self._none_given()
        self._has_ended = True
        yield self._chunk({}, _REASONS[why])

    def _none_given(self) -> Iterator[dict[str, Any]]:
        """The last call has ended without any."""
        if self._is_bare:
            self._is_bare = False
            yield self._given(_NONE)

    def _given(self, arguments: str) -> dict[str, Any]:
        piece = {"index": self._calls - 1, "function": {"arguments": arguments}}
        return self._chunk({"tool_calls": [piece]})

    def _said(self, event: Said | Thought | Cited) -> dict[str, Any]:
        chunk = self._chunk(_piece(event))
        if isinstance(event, Said) and event.logprobs:
            chunk["choices"][0]["logprobs"] = {"content": list(event.logprobs), "refusal": None}
        return chunk

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


def _piece(event: Said | Thought | Cited) -> dict[str, Any]:
    """A part of a message; what it thought has the name that the near-copies gave it."""
    match event:
        case Said():
            return {"refusal" if event.is_refusal else "content": event.text}
        case Thought():
            return {"reasoning_content": event.text}
        case Cited():
            return {"annotations": [_annotation(event)]}


def _annotation(event: Cited) -> dict[str, Any]:
    cited = {"start_index": event.start, "end_index": event.end}
    named = {"url": event.url, "title": event.title}
    return {"type": "url_citation", "url_citation": cited | named}


def _begun_call(event: Called, index: int) -> dict[str, Any]:
    function = {"name": event.name, "arguments": ""}
    return {"index": index, "id": event.id, "type": "function", "function": function}


def whole(events: Iterable[Event], created_s: int) -> dict[str, Any]:
    """One body for an answer."""
    body: dict[str, Any] = {"id": "", "object": "chat.completion", "created": created_s}
    message: dict[str, Any] = {"role": "assistant", "content": None}
    choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": "stop"}
    for event in events:
        match event:
            case Begun():
                body |= {"id": event.id, "model": event.model}
            case Ended():
                choice["finish_reason"] = _REASONS[event.why]
            case Counted():
                body["usage"] = usage(event)
            case Said() if event.logprobs:
                _join(message, event)
                odds = choice.setdefault("logprobs", {"content": [], "refusal": None})
                odds["content"] += event.logprobs
            case _:
                _join(message, event)
    if choice["finish_reason"] != _REASONS[Why.LENGTH]:
        for call in message.get("tool_calls", ()):
            call["function"]["arguments"] = call["function"]["arguments"] or _NONE
    body["choices"] = [choice]
    return body


def _join(message: dict[str, Any], event: Event) -> None:
    """Add to a message what an event says."""
    match event:
        case Thought(text=""):
            pass
        case Said() | Thought() | Cited():
            for name, piece in _piece(event).items():
                said = message.get(name)
                message[name] = piece if said is None else said + piece
        case Called():
            function = {"name": event.name, "arguments": ""}
            call = {"id": event.id, "type": "function", "function": function}
            message.setdefault("tool_calls", []).append(call)
        case Arguments():
            message["tool_calls"][-1]["function"]["arguments"] += event.text
        case Begun() | Ended() | Counted():
            pass  # of the body, not of its message


def usage(counted: Counted) -> dict[str, Any]:
    """Counts: what was read from a cache or written to one is input here."""
    counts = counted.usage
    prompt = counts.read
    said: dict[str, Any] = {
        "prompt_tokens": prompt,
        "completion_tokens": counts.output,
        "total_tokens": prompt + counts.output,
        "prompt_tokens_details": {"cached_tokens": counts.cached_input},
    }
    if counted.thought:
        said["completion_tokens_details"] = {"reasoning_tokens": counted.thought}
    return said
