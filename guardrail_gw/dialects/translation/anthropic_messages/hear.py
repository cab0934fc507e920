"""Messages answers, read into the hub's events.

Source: Anthropic API reference, "Messages" and "Streaming Messages", as read in 2026.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from guardrail_gw.dialects.answers import count
from guardrail_gw.dialects.translation import heard
from guardrail_gw.dialects.translation.hub import (
    Arguments,
    Begun,
    Called,
    Ended,
    Event,
    Said,
    Thought,
    Why,
)
from guardrail_gw.errors import UpstreamBroken

_WHYS: Final = {
    "max_tokens": Why.LENGTH,
    "model_context_window_exceeded": Why.LENGTH,
    "tool_use": Why.CALLS,
    "refusal": Why.FILTERED,
}
"""Any other reason is an ordinary end: `end_turn`, `stop_sequence`."""
_PAUSED: Final = "pause_turn"
"""The provider wants to be asked again, which no other dialect can say."""
_UNSAID: Final = ("citations_delta",)
"""What is left out: sources within what was asked."""
_MAKER: Final = "anthropic_messages"


@dataclass(slots=True)
class Hearing:
    """Reads one answer, whole or event by event."""

    _index: Any = None
    """The block that is open, by its number,"""
    _kind: str = ""
    """and what it is."""

    def hear(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """Yield what an event or body says.

        Raises:
            UpstreamBroken: it has a part that no other dialect can carry.
        """
        match data.get("type"):
            case "message":
                yield from self._whole(data)
            case "message_start":
                yield _begun(heard.content(data.get("message")))
            case "message_delta":
                if reason := heard.content(data.get("delta")).get("stop_reason"):
                    yield Ended(why=_why(reason))
            case _:
                yield from self._of_block(data)

    def further(self, data: Mapping[str, Any]) -> str | None:
        """The text of a piece of an open block."""
        if data.get("type") != "content_block_delta":
            return None
        delta = data.get("delta")
        if self._index is None or data.get("index") != self._index or not isinstance(delta, dict):
            return None
        text = delta.get("text") if delta.get("type") == "text_delta" else None
        return text if isinstance(text, str) and text else None

    def _whole(self, body: Mapping[str, Any]) -> Iterator[Event]:
        yield _begun(body)
        for block in body.get("content") or ():
            yield from self._block(heard.content(block))
        if reason := body.get("stop_reason"):
            yield Ended(why=_why(reason))

    def _of_block(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """What stands between a message's beginning and its end; anything else is a ping."""
        match data.get("type"):
            case "content_block_start":
                block = heard.content(data.get("content_block"))
                self._index, self._kind = data.get("index"), heard.word(block.get("type"))
                yield from self._block(block)
            case "content_block_delta":
                if self._index is None or data.get("index") != self._index:
                    raise UpstreamBroken("a piece of the answer belongs to no open block")
                yield from self._delta(heard.content(data.get("delta")))
            case "content_block_stop":
                self._index = None
            case _:
                pass

    def _block(self, block: Mapping[str, Any]) -> Iterator[Event]:
        """A block that begins, or is whole: then its call's input stands in it."""
        kind = heard.word(block.get("type"))
        if kind == "text":
            if text := block.get("text"):
                yield Said(text=heard.text(text))
        elif kind in ("thinking", "redacted_thinking"):
            yield from _thought(block)
        elif kind == "tool_use":
            yield Called(id=heard.text(block.get("id")), name=heard.text(block.get("name")))
            if given := heard.content(block.get("input")):
                yield Arguments(text=json.dumps(given, ensure_ascii=False, separators=(",", ":")))
        elif kind not in _UNSAID:
            raise heard.uncarried("block")

    def _delta(self, delta: Mapping[str, Any]) -> Iterator[Event]:
        kind = heard.word(delta.get("type"))
        if kind == "text_delta":
            yield Said(text=heard.text(delta.get("text")))
        elif kind in ("thinking_delta", "signature_delta"):
            yield from _thought(delta)
        elif kind == "input_json_delta" and self._kind == "tool_use":
            if text := heard.text(delta.get("partial_json")):
                yield Arguments(text=text)
        elif kind not in _UNSAID:
            raise heard.uncarried("piece")


def _thought(said: Mapping[str, Any]) -> Iterator[Event]:
    """A thought, a piece of one, or its signature, which comes last."""
    if text := said.get("thinking"):
        yield Thought(text=heard.text(text))
    if seal := said.get("signature"):
        yield Thought(seal=heard.text(seal), maker=_MAKER)
    if hidden := said.get("data"):
        yield Thought(seal=heard.text(hidden), maker=_MAKER, is_hidden=True)


def thought_tokens(data: Mapping[str, Any]) -> int:
    """Tokens of thoughts, from an event or body with counts; none where they are not told."""
    details = (data.get("usage") or {}).get("output_tokens_details")
    return (count(details, "thinking_tokens") or 0) if isinstance(details, dict) else 0


def _begun(message: Mapping[str, Any]) -> Begun:
    return Begun(id=heard.word(message.get("id")), model=heard.word(message.get("model")))


def _why(reason: Any) -> Why:  # noqa: ANN401 - JSON
    if reason == _PAUSED:
        raise heard.uncarried("pause")
    return _WHYS.get(reason, Why.SAID) if isinstance(reason, str) else Why.SAID
