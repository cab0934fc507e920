"""Messages answers, written from the hub's events.

Source: Anthropic API reference, "Messages" and "Streaming Messages", as read in 2026.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Self

from guardrail_gw.core.amounts import Usage
from guardrail_gw.dialects.foreign import foreign
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
    Why.SAID: "end_turn",
    Why.LENGTH: "max_tokens",
    Why.CALLS: "tool_use",
    Why.FILTERED: "refusal",
}
_NOTHING: Final = Usage(input=0, output=0)
_TEXT: Final = "text"
_THINKING: Final = "thinking"


@dataclass(slots=True)
class Telling:
    """Writes one streamed answer.

    Counts come last in other dialects and first in this one: they are told with the reason for
    the end, where this dialect corrects them.
    """

    _index: int = -1
    _open: str = ""
    """What kind of block is open."""
    _why: Why | None = None
    _refused: bool = False
    _usage: Usage = _NOTHING
    _seal: str = field(default_factory=lambda: foreign("", ""))
    """Of the thought that is open."""
    _blank: Blank | None = None
    """A piece of the text that is open."""

    @classmethod
    def within(cls, index: int, *, is_open: bool) -> Self:
        """Go on with an answer that has blocks up to this number.

        Args:
            index: of its last block.
            is_open: whether that one is a text that has not ended.
        """
        telling = cls(_index=index, _open=_TEXT if is_open else "")
        telling._blank = Blank.of(telling._piece(HERE)) if is_open else None
        return telling

    def tell(self, event: Event) -> Iterator[dict[str, Any]]:
        """Yield the events of an event."""
        match event:
            case Begun():
                yield {"type": "message_start", "message": _message(event)}
            case Said():
                yield from self._said(event)
            case Called():
                yield from self._begin(_call(event))
            case Arguments():
                yield self._arguments(event.text)
            case Ended():
                self._why = event.why
                yield from self._close()
            case Counted():
                self._usage = event.usage
            case Thought() | Cited():
                yield from self._thought(event)

    def further(self, text: str) -> tuple[dict[str, Any], str] | None:
        """The event of a piece of the text that is open, and its JSON."""
        if self._open != _TEXT or self._blank is None:
            return None
        written = self._blank.filled(text)
        return None if written is None else (self._piece(text), written)

    def end(self) -> Iterator[dict[str, Any]]:
        """Yield what comes before the end mark: why the answer ended, and the counts."""
        if self._why is None:
            raise UpstreamBroken("the answer ended without a reason")
        yield from self._close()
        why = Why.FILTERED if self._refused else self._why
        delta = {"stop_reason": _REASONS[why], "stop_sequence": None}
        yield {"type": "message_delta", "delta": delta, "usage": usage(self._usage)}

    def _thought(self, event: Thought | Cited) -> Iterator[dict[str, Any]]:
        """A thought is a block until its seal; a seal alone is one where it is all there is."""
        if isinstance(event, Cited):
            return  # a source has to be one of the request's here
        if event.is_hidden or (event.seal and self._open != _THINKING):
            yield from self._begin(_hidden(event))
            yield from self._close()
            return
        if event.text:
            if self._open != _THINKING:
                yield from self._begin({"type": _THINKING, "thinking": "", "signature": ""})
            yield self._delta({"type": "thinking_delta", "thinking": event.text})
        elif self._open == _THINKING:
            self._seal = foreign(event.maker, event.seal)
            yield from self._close()

    def _said(self, event: Said) -> Iterator[dict[str, Any]]:
        self._refused = self._refused or event.is_refusal
        if self._open != _TEXT:
            yield from self._begin({"type": _TEXT, "text": ""})
            self._blank = Blank.of(self._piece(HERE))
        yield self._piece(event.text)

    def _piece(self, text: str) -> dict[str, Any]:
        return self._delta({"type": "text_delta", "text": text})

    def _arguments(self, text: str) -> dict[str, Any]:
        if self._open != "tool_use":
            raise UpstreamBroken("the answer goes on with a call that has ended")
        return self._delta({"type": "input_json_delta", "partial_json": text})

    def _begin(self, block: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield from self._close()
        self._index += 1
        self._open = block["type"]
        yield {"type": "content_block_start", "index": self._index, "content_block": block}

    def _delta(self, delta: dict[str, Any]) -> dict[str, Any]:
        return {"type": "content_block_delta", "index": self._index, "delta": delta}

    def _close(self) -> Iterator[dict[str, Any]]:
        if self._open:
            if self._open == _THINKING:
                yield self._delta({"type": "signature_delta", "signature": self._seal})
                self._seal = foreign("", "")
            self._open = ""
            yield {"type": "content_block_stop", "index": self._index}


def _message(event: Begun) -> dict[str, Any]:
    return {
        "id": event.id,
        "type": "message",
        "role": "assistant",
        "model": event.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage(_NOTHING),
    }


def _hidden(event: Thought) -> dict[str, Any]:
    return {"type": "redacted_thinking", "data": foreign(event.maker, event.seal)}


def _call(event: Called) -> dict[str, Any]:
    return {"type": "tool_use", "id": event.id, "name": event.name, "input": {}}


def whole(events: Iterable[Event], created_s: int) -> dict[str, Any]:  # noqa: ARG001 - the dialect has no such member
    """One body for an answer.

    Raises:
        UpstreamBroken: arguments of a call are not JSON.
    """
    body, refused = _message(Begun(id="", model="")), False
    for event in events:
        match event:
            case Begun():
                body |= {"id": event.id, "model": event.model}
            case Ended():
                body["stop_reason"] = _REASONS[Why.FILTERED if refused else event.why]
            case Counted():
                body["usage"] = usage(event.usage)
            case _:
                refused = refused or (isinstance(event, Said) and event.is_refusal)
                _join(body["content"], event)
    return body


def _join(content: list[dict[str, Any]], event: Event) -> None:
    """Add to the blocks what an event says; see `Telling.tell` for what it does not."""
    match event:
        case Said():
            content.append({"type": "text", "text": event.text})
        case Thought():
            _join_thought(content, event)
        case Called():
            content.append(_call(event))
        case Arguments():
            content[-1]["input"] = _input(event.text)
        case _:
            pass


def _join_thought(content: list[dict[str, Any]], event: Thought) -> None:
    """Pieces of a thought are one block, which its seal ends."""
    last = content[-1] if content else {}
    goes_on = last.get("type") == _THINKING and last["signature"] == foreign("", "")
    if event.is_hidden or (event.seal and not goes_on):
        content.append(_hidden(event))
    elif event.text and goes_on:
        last["thinking"] += event.text
    elif event.text:
        content.append({"type": _THINKING, "thinking": event.text, "signature": foreign("", "")})
    elif event.seal:
        last["signature"] = foreign(event.maker, event.seal)


def _input(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise UpstreamBroken("the arguments of a call are not a JSON object")
    return given


def usage(counts: Usage) -> dict[str, Any]:
    """Counts, each token in one class as here."""
    return {
        "input_tokens": counts.input,
        "output_tokens": counts.output,
        "cache_read_input_tokens": counts.cached_input,
        "cache_creation_input_tokens": counts.cache_write + counts.cache_write_long,
    }
