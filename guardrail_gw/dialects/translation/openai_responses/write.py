"""Responses requests, written from the hub; nothing of them is stored (docs/adr/0021).

Source: OpenAI API reference, "Create a model response", as read in 2026.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from guardrail_gw.dialects.translation.answer_schema import held
from guardrail_gw.dialects.translation.hub import (
    Ask,
    CacheMark,
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

_MEMBERS: Final = {
    Want.TIER: "service_tier",
    Want.METADATA: "metadata",
    Want.CACHE_KEY: "prompt_cache_key",
    Want.CACHE_RETENTION: "prompt_cache_retention",
    Want.PERSON: "safety_identifier",
}
WANTS: Final = frozenset(
    {
        *_MEMBERS,
        Want.EFFORT,
        Want.THOUGHTS,
        Want.VERBOSITY,
        Want.LOGPROBS,
        Want.ANY_JSON,
        Want.DETAIL,
    }
)
_WORDS: Final = {Calls.AUTO: "auto", Calls.NONE: "none", Calls.SOME: "required"}
_LOGPROBS: Final = "message.output_text.logprobs"


def write_request(ask: Ask, losses: Losses) -> dict[str, Any]:
    """Write a request, without its model.

    Raises:
        Untranslatable: it asks for what this dialect has not.
    """
    if ask.stop:
        raise Untranslatable("stop sequences")
    if ask.top_k is not None:
        losses.note("top_k")
    body: dict[str, Any] = {
        "instructions": ask.system[0] if len(ask.system) == 1 else None,
        "input": [*_instructing(ask.system), *_items(ask.turns, losses)],
        "stream": ask.stream or None,
        "store": False,
        "tools": [_tool(tool) for tool in ask.tools] or None,
        "tool_choice": _choice(ask.needed_choice),
        "parallel_tool_calls": ask.needed_choice.parallel,
        "text": _text_form(ask, losses),
        "reasoning": _reasoning(ask, losses),
        "max_output_tokens": ask.most_tokens,
        "temperature": ask.temperature,
        "top_p": ask.top_p,
        "user": ask.user,
        **{member: ask.wish(want) for want, member in _MEMBERS.items()},
        **_logprobs(ask),
    }
    return _without_nothing(body)


def _without_nothing(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _instructing(system: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Several instructions are items: the member of that name holds one text."""
    if len(system) > 1:
        for text in system:
            yield _message("system", text)


def _items(turns: tuple[Turn, ...], losses: Losses) -> Iterator[dict[str, Any]]:
    for turn in turns:
        yield from _model_items(turn) if turn.is_model else _user_items(turn, losses)


def _model_items(turn: Turn) -> Iterator[dict[str, Any]]:
    for part in turn.parts:
        match part:
            case Text():
                yield _message("assistant", part.text)
            case Call():
                yield _call(part)
            case Thought():
                yield _thought(part)
            case Media() | Result():
                raise Untranslatable("an image in the model's turn")
            case CacheMark():
                raise TypeError("marks are taken out before")


def _user_items(turn: Turn, losses: Losses) -> Iterator[dict[str, Any]]:
    """Results, and what is said between them as messages."""
    said = list[Text | Media]()
    for part in turn.parts:
        if isinstance(part, Result):
            yield from _user_message(said)
            said = []
            yield _result(part, losses)
        elif isinstance(part, Text | Media):
            said.append(part)
    yield from _user_message(said)


def _user_message(parts: list[Text | Media]) -> Iterator[dict[str, Any]]:
    if parts:
        yield _message("user", _content(parts))


def _message(role: str, content: str | list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": content}


def _thought(thought: Thought) -> dict[str, Any]:
    """One that was made here, and goes back as it was."""
    summary = [] if thought.is_hidden else [{"type": "summary_text", "text": thought.text}]
    return {"type": "reasoning", "summary": summary, "encrypted_content": thought.seal}


def _call(call: Call) -> dict[str, Any]:
    text = json.dumps(call.arguments, ensure_ascii=False, separators=(",", ":"))
    return {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": text}


def _result(result: Result, losses: Losses) -> dict[str, Any]:
    if result.failed:
        losses.note("messages[].content[].is_error")
    output = _content(list(result.parts)) if result.parts else ""
    return {"type": "function_call_output", "call_id": result.id, "output": output}


def _content(parts: list[Text | Media]) -> str | list[dict[str, Any]]:
    if len(parts) == 1 and isinstance(parts[0], Text):
        return parts[0].text
    return [_part(part) for part in parts]


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "input_text", "text": part.text}
    if not isinstance(part, Media):
        raise Untranslatable("a call within a message")
    inline = f"data:{part.media_type};base64,{part.data}"
    if part.kind == "image":
        detail = part.detail or "auto"
        return {"type": "input_image", "image_url": part.url or inline, "detail": detail}
    if part.url:
        return {"type": "input_file", "file_url": part.url}
    return {"type": "input_file", "filename": part.name or "document", "file_data": inline}


def _tool(tool: Tool) -> dict[str, Any]:
    """A function; left to itself the dialect holds arguments to the schema, and rewrites it."""
    said = {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.schema or {"type": "object", "properties": {}},
        "strict": tool.strict is True,
    }
    return _without_nothing(said)


def _choice(choice: Choice) -> Any:  # noqa: ANN401 - JSON
    if choice.calls is None:
        return None
    if choice.calls is Calls.NAMED:
        return {"type": "function", "name": choice.name}
    return _WORDS[choice.calls]


def _reasoning(ask: Ask, losses: Losses) -> dict[str, Any] | None:
    """Thoughts are asked for beside an effort alone: models that do not think take neither."""
    effort, thoughts = ask.wish(Want.EFFORT), ask.wishes.get(Want.THOUGHTS)
    if effort is None:
        if thoughts is not None:
            losses.note(thoughts.member)
        return None
    return {"effort": effort} if thoughts is None else {"effort": effort, "summary": "auto"}


def _text_form(ask: Ask, losses: Losses) -> dict[str, Any] | None:
    said = {"format": _format(ask, losses), "verbosity": ask.wish(Want.VERBOSITY)}
    return _without_nothing(said) or None


def _format(ask: Ask, losses: Losses) -> dict[str, Any] | None:
    if ask.wish(Want.ANY_JSON):
        return {"type": "json_object"}
    output = ask.output
    if output is None:
        return None
    said = {
        "type": "json_schema",
        "name": output.name,
        "description": output.description,
        "schema": output.schema,
        "strict": held(output, losses),
    }
    return _without_nothing(said)


def _logprobs(ask: Ask) -> dict[str, Any]:
    if Want.LOGPROBS not in ask.wishes:
        return {}
    return {"include": [_LOGPROBS], "top_logprobs": ask.wish(Want.LOGPROBS) or None}
