"""Gemini requests, written from the hub.

Source: Gemini API reference, "generateContent", "GenerationConfig", "FunctionDeclaration" and
"Thought signatures", as read in 2026.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from guardrail_gw.dialects.translation.gemini_generate.unsigned import UNSIGNED
from guardrail_gw.dialects.translation.hub import (
    Ask,
    Call,
    Calls,
    Choice,
    Media,
    Part,
    Result,
    Text,
    Thought,
    Tool,
    Turn,
    Want,
)
from guardrail_gw.dialects.translation.losses import Losses, Untranslatable
from guardrail_gw.dialects.translation.thinking import budget

WANTS: Final = frozenset(
    {Want.EFFORT, Want.SEED, Want.FREQUENCY_PENALTY, Want.PRESENCE_PENALTY, Want.ANY_JSON}
    | {Want.LOGPROBS, Want.TIER, Want.THOUGHTS}
)
"""Wishes that requests of this dialect can say."""
MOST_STOPS: Final = 5

_MODES: Final = {
    Calls.AUTO: "AUTO",
    Calls.NONE: "NONE",
    Calls.SOME: "ANY",
    Calls.NAMED: "ANY",
}
_TIERS: Final = {"default": "standard", "flex": "flex", "priority": "priority"}
_SUFFIXES: Final = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "pdf": "application/pdf",
}


def write_request(ask: Ask, losses: Losses) -> dict[str, Any]:
    """Write a request; its model, and whether it is streamed, stand in the path.

    Raises:
        Untranslatable: it asks for what this dialect has not.
    """
    if len(ask.stop) > MOST_STOPS:
        raise Untranslatable("more than five stop sequences")
    if ask.user is not None:
        losses.note("user")
    system = [{"text": text} for text in ask.system if text]
    body: dict[str, Any] = {
        "contents": list(_contents(ask)),
        "systemInstruction": {"parts": system} if system else None,
        "tools": _tools(ask.tools, losses) or None,
        "toolConfig": _tool_config(ask.needed_choice),
        "generationConfig": _generation_config(ask, losses) or None,
        "serviceTier": _tier(ask, losses),
    }
    return {name: value for name, value in body.items() if value is not None}


def _contents(ask: Ask) -> Iterator[dict[str, Any]]:
    """Each turn that says something: the dialect refuses empty ones."""
    names = dict[str, str]()
    for turn in ask.turns:
        parts = list(_parts(turn, names))
        if parts:
            yield {"role": "model" if turn.is_model else "user", "parts": parts}


def _parts(turn: Turn, names: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Results first, in the order of their calls; what they show with what is said."""
    order = {id_: place for place, id_ in enumerate(names)}
    results = [part for part in turn.parts if isinstance(part, Result)]
    for result in sorted(results, key=lambda result: order.get(result.id, -1)):
        yield _result(result, names)
    names |= {part.id: part.name for part in turn.parts if isinstance(part, Call)}
    yield from _signed([shown for each in turn.parts for shown in _shown(each)])


def _signed(parts: list[Part]) -> Iterator[dict[str, Any]]:
    """Each part with the seal of the thought before it; a turn's first call always has one."""
    seal, unsigned = "", UNSIGNED
    for part in parts:
        if isinstance(part, Thought):
            seal = part.seal
            continue
        made = _part(part)
        if isinstance(part, Call):
            seal, unsigned = seal or unsigned, ""
        yield made | ({"thoughtSignature": seal} if seal else {})
        seal = ""
    if seal:
        yield {"text": "", "thoughtSignature": seal}


def _part(part: Part) -> dict[str, Any]:
    match part:
        case Text():
            return {"text": part.text}
        case Media():
            return _media(part)
        case Call():
            return _call(part)
        case _:
            raise TypeError("results and thoughts are no parts of their own")


def _shown(part: Part) -> Iterator[Part]:
    if isinstance(part, Result):
        yield from (each for each in part.parts if isinstance(each, Media))
    elif not isinstance(part, Text) or part.text:
        yield part


def _call(call: Call) -> dict[str, Any]:
    return {"functionCall": {"id": call.id, "name": call.name, "args": dict(call.arguments)}}


def _result(result: Result, names: Mapping[str, str]) -> dict[str, Any]:
    if result.id not in names:
        raise Untranslatable("a result of no call")
    said = "\n".join(part.text for part in result.parts if isinstance(part, Text))
    response = {"error" if result.failed else "output": said}
    return {
        "functionResponse": {"id": result.id, "name": names[result.id], "response": response},
    }


def _media(media: Media) -> dict[str, Any]:
    if not media.url:
        return {"inlineData": {"mimeType": media.media_type, "data": media.data}}
    suffix = media.url.partition("?")[0].rpartition(".")[2].lower()
    media_type = media.media_type or _SUFFIXES.get(suffix, "")
    named = {"mimeType": media_type} if media_type else {}
    return {"fileData": {**named, "fileUri": media.url}}


def _tools(tools: tuple[Tool, ...], losses: Losses) -> list[dict[str, Any]]:
    functions = [_function(tool) for tool in tools]
    if any(tool.strict for tool in tools):
        losses.note("tools[].strict")
    return [{"functionDeclarations": functions}] if functions else []


def _function(tool: Tool) -> dict[str, Any]:
    said = {
        "name": tool.name,
        "description": tool.description,
        "parametersJsonSchema": tool.schema or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _tool_config(choice: Choice) -> dict[str, Any] | None:
    if choice.parallel is False and choice.calls is not Calls.NONE:
        raise Untranslatable("one call at a time")
    if choice.calls is None:
        return None
    config: dict[str, Any] = {"mode": _MODES[choice.calls]}
    if choice.calls is Calls.NAMED:
        config["allowedFunctionNames"] = [choice.name]
    return {"functionCallingConfig": config}


def _generation_config(ask: Ask, losses: Losses) -> dict[str, Any]:
    others = ask.wish(Want.LOGPROBS)
    config: dict[str, Any] = {
        "maxOutputTokens": ask.most_tokens,
        "temperature": ask.temperature,
        "topP": ask.top_p,
        "topK": ask.top_k,
        "stopSequences": list(ask.stop) or None,
        "seed": ask.wish(Want.SEED),
        "presencePenalty": ask.wish(Want.PRESENCE_PENALTY),
        "frequencyPenalty": ask.wish(Want.FREQUENCY_PENALTY),
        "responseLogprobs": None if others is None else True,
        "logprobs": others or None,
        "thinkingConfig": _thinking(ask, losses),
        **_output(ask),
    }
    return {name: value for name, value in config.items() if value is not None}


def _tier(ask: Ask, losses: Losses) -> str | None:
    wish = ask.wishes.get(Want.TIER)
    if wish is None or wish.value == "auto":
        return None
    if wish.value not in _TIERS:
        losses.note(wish.member)
    return _TIERS.get(wish.value)


def _output(ask: Ask) -> dict[str, Any]:
    if ask.output is not None:
        return {"responseMimeType": "application/json", "responseJsonSchema": ask.output.schema}
    return {"responseMimeType": "application/json"} if ask.wish(Want.ANY_JSON) else {}


def _thinking(ask: Ask, losses: Losses) -> dict[str, Any] | None:
    """A budget and no level: models of every generation read it; some cannot but think.

    Thoughts are asked for beside it alone: models that do not think take neither.
    """
    effort, thoughts = ask.wishes.get(Want.EFFORT), ask.wishes.get(Want.THOUGHTS)
    if effort is None or effort.value == "none":
        for wish in (effort, thoughts):
            if wish is not None:
                losses.drop(wish)
        return None
    shown = {} if thoughts is None else {"includeThoughts": True}
    return {"thinkingBudget": budget(ask), **shown}
