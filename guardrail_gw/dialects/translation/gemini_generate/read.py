"""Gemini requests, read into the hub.

Source: Gemini API reference, "generateContent", "GenerationConfig", "Tool" and "ToolConfig"; Vertex
AI reference, "GenerateContentRequest", as read in 2026.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from guardrail_gw.dialects.translation.gemini_generate.contents import instructions, turns
from guardrail_gw.dialects.translation.gemini_generate.members import members
from guardrail_gw.dialects.translation.gemini_generate.schema import json_schema
from guardrail_gw.dialects.translation.gemini_generate.settings import Settings, settings
from guardrail_gw.dialects.translation.hub import Ask, Calls, Choice, Tool, Want, Wish
from guardrail_gw.dialects.translation.losses import (
    Losses,
    Untranslatable,
    entries,
    text,
    texts,
    typed,
)

KNOWN: Final = frozenset(
    {"model", "contents", "systemInstruction", "tools", "toolConfig", "generationConfig"}
    | {"serviceTier"}
)
"""Members that are translated; the model stands in the path."""
DROPPED: Final = frozenset({"safetySettings", "labels"})
"""Members that change how an answer is judged or booked, and not what is asked."""
REFUSED: Final = frozenset({"cachedContent", "store", "modelArmorConfig"})
"""Members that ask for what another provider does not have or do."""
NAMES: Final = {
    "top_k": "generationConfig.topK",
    "temperature above 1": "generationConfig.temperature above 1",
    "stop of white space": "generationConfig.stopSequences of white space",
    "top_p beside a temperature": "generationConfig.topP beside a temperature",
    "temperature beside thinking": "generationConfig.temperature beside thinking",
    "top_p beside thinking": "generationConfig.topP beside thinking",
    "top_k beside thinking": "generationConfig.topK beside thinking",
    "messages[].content[].is_error": "contents[].parts[].functionResponse.response.error",
}
"""What other dialects have no words for -> what it is called here."""

_TOOL: Final = "tools[]."
_FUNCTION: Final = "tools[].functionDeclarations[]."
_FUNCTIONS: Final = "functionDeclarations"
_HOSTED: Final = frozenset(
    {"computerUse", "fileSearch", "googleSearch", "googleSearchRetrieval", "googleMaps"}
    | {"enterpriseWebSearch", "urlContext", "codeExecution", "retrieval", "mcpServers"}
    | {"parallelAiSearch", "exaAiSearch"}
)
_CONFIG: Final = "toolConfig.functionCallingConfig."
_MODES: Final = {
    None: None,
    "MODE_UNSPECIFIED": None,
    "AUTO": Calls.AUTO,
    "VALIDATED": Calls.AUTO,
    "ANY": Calls.SOME,
    "NONE": Calls.NONE,
}


def read_request(body: Mapping[str, Any], losses: Losses) -> Ask:
    """Read a request; whether a stream is asked for stands in its path.

    Raises:
        Untranslatable: it asks for what only this dialect has.
    """
    said = members(dict(body), "", KNOWN, DROPPED, REFUSED, losses)
    asked: Settings = settings(said.get("generationConfig", {}), losses)
    choice, allowed = _choice(said.get("toolConfig", {}), losses)
    tools = [tool for each in entries(said, "tools") for tool in _tools(each, losses)]
    return Ask(
        system=tuple(instructions(said.get("systemInstruction"), losses)),
        turns=tuple(turns(typed(said.get("contents"), list, "contents"), losses)),
        stream=False,
        tools=tuple(tool for tool in tools if not allowed or tool.name in allowed),
        choice=choice,
        output=asked.output,
        most_tokens=asked.most_tokens,
        most_thought=asked.most_thought,
        temperature=asked.temperature,
        top_p=asked.top_p,
        top_k=asked.top_k,
        stop=asked.stop,
        wishes={**asked.wishes, **_tier(said)},
        shows_thoughts=asked.shows_thoughts,
    )


def _tier(said: Mapping[str, Any]) -> dict[Want, Wish]:
    """How it is served; the standard is what is served when nothing is said."""
    tier = (text(said, "serviceTier") or "").lower()
    if tier in ("", "unspecified", "standard"):
        return {}
    return {Want.TIER: Wish(member="serviceTier", value=tier)}


def _tools(value: Any, losses: Losses) -> Iterator[Tool]:  # noqa: ANN401 - JSON
    """The functions of an entry; a tool that the provider runs has nobody else to run it."""
    said = members(value, _TOOL, {_FUNCTIONS, *_HOSTED}, (), (), losses)
    hosted = next((name for name in sorted(_HOSTED) if name in said), None)
    if hosted is not None:
        raise Untranslatable(_TOOL + hosted)
    for function in entries(said, _FUNCTIONS, _TOOL + _FUNCTIONS):
        yield _function(function, losses)


def _function(value: Any, losses: Losses) -> Tool:  # noqa: ANN401 - JSON
    known = {"name", "description", "parameters", "parametersJsonSchema", "behavior"}
    said = members(value, _FUNCTION, known, {"response", "responseJsonSchema"}, (), losses)
    if said.get("behavior", "BLOCKING") not in ("BLOCKING", "UNSPECIFIED"):
        raise Untranslatable(_FUNCTION + "behavior")
    schema = None
    if "parametersJsonSchema" in said:
        member = _FUNCTION + "parametersJsonSchema"
        schema = typed(said["parametersJsonSchema"], dict, member)
    elif "parameters" in said:
        schema = json_schema(said["parameters"], _FUNCTION + "parameters")
    return Tool(
        name=typed(said.get("name"), str, _FUNCTION + "name"),
        description=text(said, "description", _FUNCTION + "description"),
        schema=schema,
    )


def _choice(value: Any, losses: Losses) -> tuple[Choice, tuple[str, ...]]:  # noqa: ANN401 - JSON
    """Whether functions are called, and the only ones that may be, if not all may.

    One that must be called is named; of several, the others are not offered at all.
    """
    known, dropped = {"functionCallingConfig"}, {"retrievalConfig"}
    more = ("includeServerSideToolInvocations",)
    said = members(value, "toolConfig.", known, dropped, more, losses)
    names, pieces = "allowedFunctionNames", {"streamFunctionCallArguments"}
    given = said.get("functionCallingConfig", {})
    config = members(given, _CONFIG, {"mode", names}, pieces, (), losses)
    mode = text(config, "mode", _CONFIG + "mode")
    if mode not in _MODES:
        raise Untranslatable(_CONFIG + "mode")
    if mode == "VALIDATED":
        losses.note(_CONFIG + "mode of validated calls")
    allowed = texts(entries(config, names, _CONFIG + names), _CONFIG + names)
    if _MODES[mode] is Calls.SOME and len(allowed) == 1:
        return Choice(calls=Calls.NAMED, name=allowed[0]), ()
    return Choice(calls=_MODES[mode]), allowed
