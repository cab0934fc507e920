"""Chat requests, written from the hub.

Source: OpenAI API reference, "Create chat completion", as read in 2026.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from guardrail_gw.dialects.translation.answer_schema import held
from guardrail_gw.dialects.translation.hub import (
    Ask,
    Call,
    Calls,
    Choice,
    Media,
    Result,
    Text,
    Tool,
    Turn,
    Want,
)
from guardrail_gw.dialects.translation.losses import Losses, Untranslatable

MOST_STOPS: Final = 4
_MEMBERS: Final = {
    Want.EFFORT: "reasoning_effort",
    Want.VERBOSITY: "verbosity",
    Want.TIER: "service_tier",
    Want.SEED: "seed",
    Want.FREQUENCY_PENALTY: "frequency_penalty",
    Want.PRESENCE_PENALTY: "presence_penalty",
    Want.CACHE_KEY: "prompt_cache_key",
    Want.CACHE_RETENTION: "prompt_cache_retention",
    Want.PERSON: "safety_identifier",
}
"""Not `metadata`, which the dialect takes of answers that are stored."""
WANTS: Final = frozenset({*_MEMBERS, Want.LOGPROBS, Want.ANY_JSON, Want.DETAIL, Want.THOUGHTS})
"""Thoughts are told unasked by providers that tell them."""

_WORDS = {Calls.AUTO: "auto", Calls.NONE: "none", Calls.SOME: "required"}


def write_request(ask: Ask, losses: Losses) -> dict[str, Any]:
    """Write a request, without its model.

    Raises:
        Untranslatable: it asks for what this dialect has not.
    """
    if len(ask.stop) > MOST_STOPS:
        raise Untranslatable("more than four stop sequences")
    body: dict[str, Any] = {
        "messages": [*_instructions(ask.system), *_messages(ask.turns, losses)],
        "stream": ask.stream or None,
        "stream_options": {"include_usage": True} if ask.stream else None,
        "tools": [_tool_out(tool) for tool in ask.tools] or None,
        "tool_choice": _choice_out(ask.needed_choice),
        "parallel_tool_calls": ask.needed_choice.parallel,
        "response_format": _output_out(ask, losses),
        "max_completion_tokens": ask.most_tokens,
        "temperature": ask.temperature,
        "top_p": ask.top_p,
        "stop": list(ask.stop) or None,
        "user": ask.user,
        **{member: ask.wish(want) for want, member in _MEMBERS.items()},
        **_logprobs_out(ask),
    }
    if ask.top_k is not None:
        losses.note("top_k")
    return {name: value for name, value in body.items() if value is not None}


def _logprobs_out(ask: Ask) -> dict[str, Any]:
    if Want.LOGPROBS not in ask.wishes:
        return {}
    return {"logprobs": True, "top_logprobs": ask.wish(Want.LOGPROBS) or None}


def _instructions(system: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    if system:
        yield {"role": "system", "content": _texts([Text(text=text) for text in system])}


def _texts(parts: list[Text]) -> str | list[dict[str, str]]:
    if len(parts) == 1:
        return parts[0].text
    return [{"type": "text", "text": part.text} for part in parts]


def _messages(turns: tuple[Turn, ...], losses: Losses) -> Iterator[dict[str, Any]]:
    for turn in turns:
        if turn.is_model:
            yield _model_message(turn)
        else:
            yield from _user_messages(turn, losses)


def _model_message(turn: Turn) -> dict[str, Any]:
    texts = [part for part in turn.parts if isinstance(part, Text)]
    calls = [_call_out(part) for part in turn.parts if isinstance(part, Call)]
    message: dict[str, Any] = {"role": "assistant", "content": _texts(texts) if texts else None}
    if calls:
        message["tool_calls"] = calls
    if len(texts) + len(calls) != len(turn.parts):
        raise Untranslatable("an image in the model's turn")
    return message


def _call_out(call: Call) -> dict[str, Any]:
    text = json.dumps(call.arguments, ensure_ascii=False, separators=(",", ":"))
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": text},
    }


def _user_messages(turn: Turn, losses: Losses) -> Iterator[dict[str, Any]]:
    """Results first, since they must follow their calls; images of theirs with what is said."""
    rest: list[Text | Media] = []
    for part in turn.parts:
        if isinstance(part, Result):
            if part.failed:
                losses.note("messages[].content[].is_error")
            rest += [media for media in part.parts if isinstance(media, Media)]
            texts = [text for text in part.parts if isinstance(text, Text)]
            content = _texts(texts) if texts else ""
            yield {"role": "tool", "tool_call_id": part.id, "content": content}
        elif isinstance(part, Text | Media):
            rest.append(part)
    if rest:
        yield {"role": "user", "content": _content_out(rest)}


def _content_out(parts: list[Text | Media]) -> str | list[dict[str, Any]]:
    if len(parts) == 1 and isinstance(parts[0], Text):
        return parts[0].text
    return [_part_out(part) for part in parts]


def _part_out(part: Text | Media) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    inline = f"data:{part.media_type};base64,{part.data}"
    if part.kind == "image":
        detail = {"detail": part.detail} if part.detail else {}
        return {"type": "image_url", "image_url": {"url": part.url or inline, **detail}}
    if part.url:
        raise Untranslatable("a document by its address")
    return {"type": "file", "file": {"filename": part.name or "document", "file_data": inline}}


def _tool_out(tool: Tool) -> dict[str, Any]:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.schema,
        "strict": tool.strict or None,
    }
    said = {name: value for name, value in function.items() if value is not None}
    return {"type": "function", "function": said}


def _choice_out(choice: Choice) -> Any:  # noqa: ANN401 - JSON
    if choice.calls is None:
        return None
    if choice.calls is Calls.NAMED:
        return {"type": "function", "function": {"name": choice.name}}
    return _WORDS[choice.calls]


def _output_out(ask: Ask, losses: Losses) -> dict[str, Any] | None:
    if ask.wish(Want.ANY_JSON):
        return {"type": "json_object"}
    output = ask.output
    if output is None:
        return None
    form = {
        "name": output.name,
        "description": output.description,
        "schema": output.schema,
        "strict": held(output, losses),
    }
    said = {name: value for name, value in form.items() if value is not None}
    return {"type": "json_schema", "json_schema": said}
