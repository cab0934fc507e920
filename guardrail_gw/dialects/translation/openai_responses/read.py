"""Responses requests, read into the hub.

Source: OpenAI API reference, "Create a model response", as read in 2026.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from guardrail_gw.dialects.translation.hub import (
    TEXT_ARGUMENT,
    Ask,
    Calls,
    Choice,
    Schema,
    Tool,
    Want,
    Wish,
)
from guardrail_gw.dialects.translation.losses import (
    Losses,
    Untranslatable,
    details,
    entries,
    flag,
    number,
    read,
    text,
    typed,
    whole,
    wishes,
)
from guardrail_gw.dialects.translation.openai_responses.items import system, turns

KNOWN: Final = frozenset(
    {"model", "input", "instructions", "stream", "tools", "tool_choice", "parallel_tool_calls"}
    | {"text", "reasoning", "max_output_tokens", "temperature", "top_p", "user", "include"}
    | {"store", "truncation", "top_logprobs"}
)
"""Members that are translated, or must say what every dialect says anyway."""
UNSERVED: Final = ("background", "previous_response_id", "conversation", "prompt", "moderation")
"""Members with which one asks for what the provider keeps, or does besides answering."""
WANTS: Final = {
    "service_tier": Want.TIER,
    "metadata": Want.METADATA,
    "prompt_cache_key": Want.CACHE_KEY,
    "prompt_cache_retention": Want.CACHE_RETENTION,
    "safety_identifier": Want.PERSON,
}
"""Members that are translated where the other dialect has words for them."""
DROPPED: Final = frozenset(
    {"max_tool_calls", "prompt_cache_options", "context_management", "stream_options"}
)
"""Members that change how an answer is found, kept or sent, and not what is asked."""
_LOGPROBS: Final = "message.output_text.logprobs"
_CALLS: Final = {"auto": Calls.AUTO, "none": Calls.NONE, "required": Calls.SOME}
_ONE_TEXT: Final = {
    "type": "object",
    "properties": {TEXT_ARGUMENT: {"type": "string"}},
    "required": [TEXT_ARGUMENT],
    "additionalProperties": False,
}
"""Arguments of a tool that takes a text."""


def read_request(body: Mapping[str, Any], losses: Losses) -> Ask:
    """Read a request.

    Raises:
        Untranslatable: it asks for what only this dialect has.
    """
    said = read(dict(body), "", KNOWN | WANTS.keys() | set(UNSERVED), DROPPED, losses)
    _check_served(said)
    _note_unsaid(said, losses)
    asked = _items(said.get("input"))
    reasoning = _reasoning(said, losses)
    said_before = tuple(turns(asked, losses))
    form = read(said.get("text", {}), "text.", {"format", "verbosity"}, (), losses)
    return Ask(
        system=(*_instructions(said), *system(asked, losses)),
        turns=said_before,
        stream=said.get("stream") is True,
        tools=tuple(_tool(tool, losses) for tool in entries(said, "tools")),
        choice=_choice(said, losses),
        output=_output(form.get("format"), losses),
        most_tokens=whole(said, "max_output_tokens"),
        temperature=number(said, "temperature"),
        top_p=number(said, "top_p"),
        user=text(said, "user"),
        shows_thoughts=any(_thoughts(reasoning)),
        wishes=wishes(said, WANTS)
        | wishes(form, {"verbosity": Want.VERBOSITY}, "text.")
        | wishes(reasoning, {"effort": Want.EFFORT}, "reasoning.")
        | dict(_thoughts(reasoning))
        | dict(_needed(said, form))
        | details(said_before, "input[].content[].detail"),
    )


def _check_served(said: Mapping[str, Any]) -> None:
    for name in (*UNSERVED, "store"):
        if said.get(name) not in (None, False, "", {}):
            raise Untranslatable(name)


def _note_unsaid(said: Mapping[str, Any], losses: Losses) -> None:
    if said.get("truncation", "disabled") != "disabled":
        losses.note("truncation")
    included = entries(said, "include")
    if any(each != _LOGPROBS for each in included):
        losses.note("include")
    if said.get("top_logprobs") and _LOGPROBS not in included:
        losses.note("top_logprobs")


def _items(asked: Any) -> list[Any]:  # noqa: ANN401 - JSON
    """The input as items: a text is what the user says."""
    if type(asked) is str:
        return [{"role": "user", "content": asked}]
    return list(typed(asked, list, "input"))


def _instructions(said: Mapping[str, Any]) -> Iterator[str]:
    if instructions := text(said, "instructions"):
        yield instructions


def _reasoning(said: Mapping[str, Any], losses: Losses) -> Mapping[str, Any]:
    known = {"effort", "summary", "generate_summary"}
    return read(said.get("reasoning", {}), "reasoning.", known, {"mode", "context"}, losses)


def _thoughts(reasoning: Mapping[str, Any]) -> Iterator[tuple[Want, Wish]]:
    for name in ("summary", "generate_summary"):
        if name in reasoning:
            yield Want.THOUGHTS, Wish(member=f"reasoning.{name}", value=True)


def _needed(said: Mapping[str, Any], form: Mapping[str, Any]) -> Iterator[tuple[Want, Wish]]:
    if _LOGPROBS in entries(said, "include"):
        others = whole(said, "top_logprobs") or 0
        yield Want.LOGPROBS, Wish(member="include", value=others, is_needed=True)
    if form.get("format") == {"type": "json_object"}:
        yield Want.ANY_JSON, Wish(member="text.format.type", value=True, is_needed=True)


def _tool(tool: Any, losses: Losses) -> Tool:  # noqa: ANN401 - JSON
    kind = typed(tool, dict, "tools[]").get("type")
    if kind == "custom":
        return _text_tool(tool, losses)
    if kind != "function":
        raise Untranslatable("tools[].type")
    known = {"type", "name", "description", "parameters", "strict"}
    dropped = {"defer_loading", "output_schema", "allowed_callers", "async"}
    said = read(tool, "tools[].", known, dropped, losses)
    schema = said.get("parameters")
    return Tool(
        name=typed(said.get("name"), str, "tools[].name"),
        description=text(said, "description", "tools[].description"),
        schema=None if schema is None else dict(typed(schema, dict, "tools[].parameters")),
        strict=flag(said, "strict", "tools[].strict"),
    )


def _text_tool(tool: Mapping[str, Any], losses: Losses) -> Tool:
    """A tool that takes a text, as a function with one; a grammar cannot be held to there."""
    known = {"type", "name", "description", "format"}
    said = read(tool, "tools[].", known, {"defer_loading", "allowed_callers", "async"}, losses)
    if said.get("format", {"type": "text"}) != {"type": "text"}:
        raise Untranslatable("tools[].format")
    return Tool(
        name=typed(said.get("name"), str, "tools[].name"),
        description=text(said, "description", "tools[].description"),
        schema=_ONE_TEXT,
        takes_text=True,
    )


def _choice(said: Mapping[str, Any], losses: Losses) -> Choice:
    asked, parallel = said.get("tool_choice"), flag(said, "parallel_tool_calls")
    if asked is None:
        return Choice(parallel=parallel)
    if type(asked) is str and asked in _CALLS:
        return Choice(calls=_CALLS[asked], parallel=parallel)
    named = read(asked, "tool_choice.", {"type", "name"}, (), losses)
    if named.get("type") not in ("function", "custom"):
        raise Untranslatable("tool_choice.type")
    name = typed(named.get("name"), str, "tool_choice.name")
    return Choice(calls=Calls.NAMED, name=name, parallel=parallel)


def _output(asked: Any, losses: Losses) -> Schema | None:  # noqa: ANN401 - JSON
    if asked is None or asked in ({"type": "text"}, {"type": "json_object"}):
        return None
    where = "text.format."
    said = read(asked, where, {"type", "name", "schema", "strict", "description"}, (), losses)
    if said.get("type") != "json_schema":
        raise Untranslatable(where + "type")
    return Schema(
        name=typed(said.get("name"), str, where + "name"),
        schema=typed(said.get("schema"), dict, where + "schema"),
        description=text(said, "description", where + "description"),
        strict=flag(said, "strict", where + "strict") is True,
    )
