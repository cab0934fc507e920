"""Messages requests, written from the hub.

Source: Anthropic API reference, "Messages", as read in 2026.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from guardrail_gw.core.parameters import Takes
from guardrail_gw.dialects.translation.answer_schema import closed
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
from guardrail_gw.dialects.translation.thinking import most_tokens, thoughtful

MOST_TOKENS: Final = 4096
"""The dialect demands a bound; this one stands for a client that gave none."""
HOTTEST: Final = 1.0
WANTS: Final = frozenset({Want.TIER, Want.PERSON})
TAKERS: Final = frozenset({Takes.ADAPTIVE, Takes.BUDGET})
_STANDARD: Final = "default"

_NO_ID = re.compile(r"[^A-Za-z0-9_-]")
_WORDS = {
    Calls.AUTO: "auto",
    Calls.NONE: "none",
    Calls.SOME: "any",
    Calls.NAMED: "tool",
}
_PLAIN: Final = "text/plain"
_THOUGHTS: Final = ("thinking", "redacted_thinking")
"""Blocks that take no mark."""
_DOCUMENTS = ("application/pdf", _PLAIN)


def write_request(ask: Ask, losses: Losses) -> dict[str, Any]:
    """Write a request, without its model.

    Raises:
        Untranslatable: it asks for what this dialect has not.
    """
    _check_ids(ask)
    ask, thinking = thoughtful(ask, losses)
    bound = most_tokens(ask, thinking)
    body: dict[str, Any] = {
        "messages": [message for turn in ask.turns for message in _message(turn)],
        "system": list(_system(ask)) or None,
        "stream": ask.stream or None,
        "tools": [_tool(tool, losses) for tool in ask.tools] or None,
        "tool_choice": _choice(ask.needed_choice),
        "max_tokens": MOST_TOKENS if bound is None else bound,
        "thinking": thinking.get("thinking"),
        "temperature": _temperature(ask, losses),
        "top_p": _top_p(ask, losses),
        "top_k": ask.top_k,
        "stop_sequences": list(_stop(ask.stop, losses)) or None,
        "metadata": _person(ask, losses),
        "output_config": _output(ask, thinking),
        "service_tier": _tier(ask, losses),
    }
    return {name: value for name, value in body.items() if value is not None}


def _temperature(ask: Ask, losses: Losses) -> float | None:
    if ask.temperature is not None and ask.temperature > HOTTEST:
        losses.note("temperature above 1")
        return HOTTEST
    return ask.temperature


def _top_p(ask: Ask, losses: Losses) -> float | None:
    """It is to be said instead of a temperature; models from Opus 4.1 on refuse both at once."""
    if ask.top_p is not None and ask.temperature is not None:
        losses.note("top_p beside a temperature")
        return None
    return ask.top_p


def _tier(ask: Ask, losses: Losses) -> str | None:
    """It can ask for the usual tier alone; left to itself it takes the best that is paid for."""
    tier = ask.wishes.get(Want.TIER)
    if tier is None or tier.value == "auto":
        return None
    if tier.value == _STANDARD:
        return "standard_only"
    losses.note(tier.member)
    return None


def _person(ask: Ask, losses: Losses) -> dict[str, str] | None:
    """Who asks; the dialect takes one name for it, which is to be a pseudonym."""
    pseudonym = ask.wishes.get(Want.PERSON)
    if ask.user is not None:
        if pseudonym is not None:
            losses.note(pseudonym.member)
        return {"user_id": ask.user}
    return None if pseudonym is None else {"user_id": pseudonym.value}


def _stop(stop: tuple[str, ...], losses: Losses) -> Iterator[str]:
    """The dialect refuses sequences of white space alone."""
    for text in stop:
        if text.strip():
            yield text
        else:
            losses.note("stop of white space")


def _output(ask: Ask, thinking: Mapping[str, Any]) -> dict[str, Any] | None:
    config = dict(thinking.get("output_config", {}))
    if ask.output is not None:
        config["format"] = {"type": "json_schema", "schema": closed(ask.output.schema)}
    return config or None


def _system(ask: Ask) -> Iterator[dict[str, Any]]:
    for index, text in enumerate(ask.system):
        if text.strip():
            yield _text(text) | _cached(ask.system_marks.get(index))


def _cached(mark: CacheMark | None) -> dict[str, Any]:
    """How long what ends here is kept: minutes, or an hour."""
    if mark is None:
        return {}
    kept = {"ttl": "1h"} if mark.is_long else {}
    return {"cache_control": {"type": "ephemeral", **kept}}


def _message(turn: Turn) -> Iterator[dict[str, Any]]:
    """One message, or none where nothing is said: the dialect refuses empty ones."""
    blocks = list[dict[str, Any]]()
    for part in turn.parts:
        if not isinstance(part, CacheMark):
            blocks += _block(part)
        elif blocks and blocks[-1]["type"] not in _THOUGHTS:
            blocks[-1] |= _cached(part)
    if blocks:
        yield {"role": "assistant" if turn.is_model else "user", "content": blocks}


def _block(part: Part) -> Iterator[dict[str, Any]]:
    match part:
        case Text():
            if part.text.strip():
                yield _text(part.text)
        case Media():
            yield _media(part)
        case Call():
            arguments = dict(part.arguments)
            yield {"type": "tool_use", "id": _id(part.id), "name": part.name, "input": arguments}
        case Result():
            yield _result(part)
        case Thought():
            yield _thought(part)
        case CacheMark():
            raise TypeError("a mark is told with a block")


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _thought(thought: Thought) -> dict[str, Any]:
    """One that was made here, and goes back as it was."""
    if thought.is_hidden:
        return {"type": "redacted_thinking", "data": thought.seal}
    return {"type": "thinking", "thinking": thought.text, "signature": thought.seal}


def _media(media: Media) -> dict[str, Any]:
    if media.kind == "file" and media.media_type not in ("", *_DOCUMENTS):
        raise Untranslatable("a document that is neither PDF nor text")
    source = _source(media)
    if media.kind == "image":
        return {"type": "image", "source": source}
    titled = {"title": media.name} if media.name else {}
    return {"type": "document", "source": source, **titled}


def _source(media: Media) -> dict[str, Any]:
    """Where it is, or what it is: the dialect takes texts as such, and not as bytes."""
    if media.url:
        return {"type": "url", "url": media.url}
    if media.media_type != _PLAIN:
        return {"type": "base64", "media_type": media.media_type, "data": media.data}
    try:
        data = base64.b64decode(media.data).decode()
    except ValueError:
        raise Untranslatable("a document that is no UTF-8") from None
    return {"type": "text", "media_type": _PLAIN, "data": data}


def _result(result: Result) -> dict[str, Any]:
    content = [block for part in result.parts for block in _block(part)]
    block: dict[str, Any] = {"type": "tool_result", "tool_use_id": _id(result.id)}
    if content:
        block["content"] = content
    if result.failed:
        block["is_error"] = True
    return block


def _check_ids(ask: Ask) -> None:
    """Calls must stay apart where the dialect's alphabet makes two ids one."""
    ids = {part.id for turn in ask.turns for part in turn.parts if isinstance(part, Call | Result)}
    if len({_id(each) for each in ids}) != len(ids):
        raise Untranslatable("ids of calls that differ by a sign")


def _id(name: str) -> str:
    """Ids of the dialect have letters, digits, `_` and `-` only; others come from elsewhere."""
    return _NO_ID.sub("_", name)


def _tool(tool: Tool, losses: Losses) -> dict[str, Any]:
    if tool.strict:  # models that do not know it refuse the request
        losses.note("tools[].strict")
    said = {
        "name": tool.name,
        "description": tool.description,
        "input_schema": tool.schema or {"type": "object", "properties": {}},
        **_cached(tool.mark),
    }
    return {name: value for name, value in said.items() if value is not None}


def _choice(choice: Choice) -> dict[str, Any] | None:
    alone = choice.parallel is False
    if choice.calls is None and not alone:
        return None
    calls = choice.calls or Calls.AUTO
    said: dict[str, Any] = {"type": _WORDS[calls]}
    if calls is Calls.NAMED:
        said["name"] = choice.name
    if alone and calls is not Calls.NONE:
        said["disable_parallel_tool_use"] = True
    return said
