"""Converse answers, read into the hub's events.

Source: Amazon Bedrock Runtime API, "Converse" and "ConverseStream", as read in 2026. Recorded: text
and thoughts begin without a start of their block.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from guardrail_gw.dialects.bedrock_converse.answer import (
    BLOCK_DELTA,
    BLOCK_START,
    BLOCK_STOP,
    METADATA,
    START,
    STOP,
)
from guardrail_gw.dialects.bedrock_converse.dialect import NAME
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
    "end_turn": Why.SAID,
    "stop_sequence": Why.SAID,
    "max_tokens": Why.LENGTH,
    "model_context_window_exceeded": Why.LENGTH,
    "tool_use": Why.CALLS,
    "guardrail_intervened": Why.FILTERED,
    "content_filtered": Why.FILTERED,
}
"""Any other reason says that the answer failed: a call or a text that is none."""
_UNSAID: Final = frozenset({"citation", "cachePoint"})
"""What is left out: sources within what was asked, and what a request alone can mean."""


@dataclass(slots=True)
class Hearing:
    """Reads one answer, whole or event by event; the dialect names neither it nor its model."""

    _begun: bool = False
    _call: Any = None
    """The number of the call that is open."""

    def hear(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """Yield what an event or body says.

        Raises:
            UpstreamBroken: it has a part that no other dialect can carry.
        """
        if not self._begun:
            self._begun = True
            yield Begun(id="", model="")
        if "output" in data:
            yield from self._whole(data)
            return
        for name, event in data.items():
            yield from self._event(name, heard.content(event))

    def further(self, data: Mapping[str, Any]) -> str | None:
        """The text of a piece of a block."""
        event = data.get(BLOCK_DELTA)
        if not self._begun or len(data) != 1 or not isinstance(event, dict):
            return None
        delta = event.get("delta")
        text = delta.get("text") if isinstance(delta, dict) and len(delta) == 1 else None
        return text if isinstance(text, str) and text else None

    def _whole(self, body: Mapping[str, Any]) -> Iterator[Event]:
        message = heard.content(heard.content(body.get("output")).get("message"))
        for block in message.get("content") or ():
            for name, said in heard.content(block).items():
                yield from _part(name, said)
        yield Ended(why=_why(body.get("stopReason")))

    def _event(self, name: str, event: Mapping[str, Any]) -> Iterator[Event]:
        if name == BLOCK_DELTA:
            yield from self._delta(event)
        elif name == BLOCK_START:
            yield from self._started(event)
        elif name == BLOCK_STOP:
            self._call = None
        elif name == STOP:
            yield Ended(why=_why(event.get("stopReason")))
        elif name not in (START, METADATA):
            raise UpstreamBroken("the answer has an event that is not known")

    def _started(self, event: Mapping[str, Any]) -> Iterator[Event]:
        start = heard.content(event.get("start") or {})
        if not start:
            return
        if start.keys() != {"toolUse"}:
            raise heard.uncarried("part")
        self._call = event.get("contentBlockIndex")
        yield _called(heard.content(start["toolUse"]))

    def _delta(self, event: Mapping[str, Any]) -> Iterator[Event]:
        for name, piece in heard.content(event.get("delta")).items():
            if name == "text":
                if text := heard.text(piece):
                    yield Said(text=text)
            elif name == "toolUse":
                yield from self._arguments(heard.content(piece), event.get("contentBlockIndex"))
            elif name == "reasoningContent":
                yield from _thought(heard.content(piece))
            elif name not in _UNSAID:
                raise heard.uncarried("part")

    def _arguments(self, piece: Mapping[str, Any], index: Any) -> Iterator[Event]:  # noqa: ANN401 - JSON
        if self._call is None or index != self._call:
            raise UpstreamBroken("a piece of the answer belongs to no open call")
        if text := heard.text(piece.get("input")):
            yield Arguments(text=text)


def _part(name: str, said: Any) -> Iterator[Event]:  # noqa: ANN401 - JSON
    """A member of a block that is whole."""
    if name == "text":
        if said:
            yield Said(text=heard.text(said))
    elif name == "toolUse":
        call = heard.content(said)
        yield _called(call)
        given = json.dumps(
            heard.content(call.get("input")), ensure_ascii=False, separators=(",", ":")
        )
        yield Arguments(text=given)
    elif name == "reasoningContent":
        thought = heard.content(said)
        yield from _thought({**thought, **heard.content(thought.get("reasoningText") or {})})
    elif name == "citationsContent":
        for each in heard.content(said).get("content") or ():
            yield Said(text=heard.text(heard.content(each).get("text")))
    elif name not in (*_UNSAID, "type"):
        raise heard.uncarried("part")


def _called(call: Mapping[str, Any]) -> Called:
    if call.get("type") == "server_tool_use":
        raise heard.uncarried("part")
    return Called(id=heard.text(call.get("toolUseId")), name=heard.text(call.get("name")))


def _thought(said: Mapping[str, Any]) -> Iterator[Event]:
    """A thought, a piece of one, or its signature, which comes last."""
    if text := said.get("text"):
        yield Thought(text=heard.text(text))
    if seal := said.get("signature"):
        yield Thought(seal=heard.text(seal), maker=NAME)
    if hidden := said.get("redactedContent"):
        yield Thought(seal=heard.text(hidden), maker=NAME, is_hidden=True)


def _why(reason: Any) -> Why:  # noqa: ANN401 - JSON
    why = _WHYS.get(reason) if isinstance(reason, str) else None
    if why is None:
        raise UpstreamBroken("the answer ended for a reason that is no end")
    return why
