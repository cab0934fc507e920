"""Converse requests, written from the hub.

Source: Amazon Bedrock Runtime API, "Converse", as read in 2026.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from guardrail_gw.dialects.translation.bedrock_converse.blocks import Blocks, tool_name
from guardrail_gw.dialects.translation.hub import (
    Ask,
    Call,
    Calls,
    Choice,
    Result,
    Tool,
    Want,
)
from guardrail_gw.dialects.translation.losses import Losses, Untranslatable

HOTTEST: Final = 1.0
WANTS: Final = frozenset({Want.TIER})
_TIERS: Final = ("default", "flex", "priority")


def write_request(ask: Ask, losses: Losses) -> dict[str, Any]:
    """Write a request; the path names its model, and whether a stream is asked for.

    Raises:
        Untranslatable: it asks for what this dialect has not.
    """
    if ask.top_k is not None:
        losses.note("top_k")
    if ask.user is not None:
        losses.note("user")
    blocks = Blocks(ask)
    body: dict[str, Any] = {
        "messages": _alternating(m for turn in ask.turns for m in blocks.message(turn)),
        "system": [{"text": text} for text in ask.system if text.strip()],
        "inferenceConfig": _inference(ask, losses),
        "toolConfig": _tools(ask, losses),
        "outputConfig": _output(ask),
        "serviceTier": _tier(ask, losses),
    }
    return {name: value for name, value in body.items() if value or name == "messages"}


def _alternating(messages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages, those of one side in a row as one: the dialect refuses two."""
    joined = list[dict[str, Any]]()
    for message in messages:
        if joined and joined[-1]["role"] == message["role"]:
            joined[-1]["content"] += message["content"]
        else:
            joined.append(message)
    return joined


def _inference(ask: Ask, losses: Losses) -> dict[str, Any]:
    said = {
        "maxTokens": ask.most_tokens,
        "temperature": _temperature(ask, losses),
        "topP": ask.top_p,
        "stopSequences": list(_stop(ask.stop, losses)) or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _temperature(ask: Ask, losses: Losses) -> float | None:
    if ask.temperature is not None and ask.temperature > HOTTEST:
        losses.note("temperature above 1")
        return HOTTEST
    return ask.temperature


def _stop(stop: tuple[str, ...], losses: Losses) -> Iterator[str]:
    """Models of this provider refuse sequences of white space alone."""
    for text in stop:
        if text.strip():
            yield text
        else:
            losses.note("stop of white space")


def _tools(ask: Ask, losses: Losses) -> dict[str, Any] | None:
    """What the model may call; the dialect cannot forbid calls but by offering no tool.

    Raises:
        Untranslatable: the conversation has calls, for which the dialect demands their tools; or
            one call at a time is asked for.
    """
    choice = ask.needed_choice
    if choice.parallel is False:
        raise Untranslatable("one call at a time")
    if not ask.tools or choice.calls is Calls.NONE:
        parts = (part for turn in ask.turns for part in turn.parts)
        if any(isinstance(part, Call | Result) for part in parts):
            raise Untranslatable("calls of tools that are not offered")
        return None
    chosen = _choice(choice)
    config: dict[str, Any] = {"tools": [_tool(tool, losses) for tool in ask.tools]}
    return config if chosen is None else {**config, "toolChoice": chosen}


def _choice(choice: Choice) -> dict[str, Any] | None:
    match choice.calls:
        case Calls.AUTO:
            return {"auto": {}}
        case Calls.SOME:
            return {"any": {}}
        case Calls.NAMED:
            return {"tool": {"name": tool_name(choice.name)}}
        case _:
            return None


def _tool(tool: Tool, losses: Losses) -> dict[str, Any]:
    if tool.strict:  # models that do not know it refuse the request
        losses.note("tools[].strict")
    said = {
        "name": tool_name(tool.name),
        "description": tool.description or None,
        "inputSchema": {"json": tool.schema or {"type": "object", "properties": {}}},
    }
    return {"toolSpec": {name: value for name, value in said.items() if value is not None}}


def _output(ask: Ask) -> dict[str, Any] | None:
    output = ask.output
    if output is None:
        return None
    form = {
        "schema": json.dumps(output.schema, ensure_ascii=False, separators=(",", ":")),
        "name": output.name,
        "description": output.description,
    }
    said = {name: value for name, value in form.items() if value is not None}
    return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": said}}}


def _tier(ask: Ask, losses: Losses) -> dict[str, str] | None:
    tier = ask.wishes.get(Want.TIER)
    if tier is None or tier.value == "auto":
        return None
    if tier.value in _TIERS:
        return {"type": tier.value}
    losses.note(tier.member)
    return None
