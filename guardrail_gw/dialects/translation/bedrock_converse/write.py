"""Converse requests, written from the hub.

Source: Amazon Bedrock Runtime API, "Converse", as read in 2026.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from guardrail_gw.core.parameters import Takes
from guardrail_gw.dialects.translation.answer_schema import closed
from guardrail_gw.dialects.translation.bedrock_converse.blocks import Blocks, cache_point, tool_name
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
from guardrail_gw.dialects.translation.thinking import most_tokens, thoughtful

HOTTEST: Final = 1.0
WANTS: Final = frozenset({Want.TIER})
TAKERS: Final = frozenset({Takes.ADAPTIVE, Takes.BUDGET, Takes.LEVELS, Takes.EFFORT})
_TIERS: Final = ("default", "flex", "priority")


def write_request(ask: Ask, losses: Losses) -> dict[str, Any]:
    """Write a request; the path names its model, and whether a stream is asked for.

    Raises:
        Untranslatable: it asks for what this dialect has not.
    """
    ask, thinking = thoughtful(ask, losses)
    if ask.top_k is not None:
        losses.note("top_k")
    if ask.user is not None:
        losses.note("user")
    blocks = Blocks(ask, losses)
    body: dict[str, Any] = {
        "messages": _alternating(m for turn in ask.turns for m in blocks.message(turn)),
        "system": list(_system(ask, losses)),
        "inferenceConfig": _inference(ask, most_tokens(ask, thinking), losses),
        "additionalModelRequestFields": dict(thinking),
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


def _system(ask: Ask, losses: Losses) -> Iterator[dict[str, Any]]:
    for index, text in enumerate(ask.system):
        if text.strip():
            yield {"text": text}
            mark = ask.system_marks.get(index)
            if mark is not None:
                yield cache_point(mark, losses)


def _inference(ask: Ask, bound: int | None, losses: Losses) -> dict[str, Any]:
    said = {
        "maxTokens": bound,
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
    tools = [each for tool in ask.tools for each in _tool(tool, losses)]
    config: dict[str, Any] = {"tools": tools}
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


def _tool(tool: Tool, losses: Losses) -> Iterator[dict[str, Any]]:
    """A tool, and the mark behind it."""
    if tool.strict:  # models that do not know it refuse the request
        losses.note("tools[].strict")
    said = {
        "name": tool_name(tool.name),
        "description": tool.description or None,
        "inputSchema": {"json": tool.schema or {"type": "object", "properties": {}}},
    }
    yield {"toolSpec": {name: value for name, value in said.items() if value is not None}}
    if tool.mark is not None:
        yield cache_point(tool.mark, losses)


def _output(ask: Ask) -> dict[str, Any] | None:
    output = ask.output
    if output is None:
        return None
    form = {
        "schema": json.dumps(closed(output.schema), ensure_ascii=False, separators=(",", ":")),
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
