"""The answers a stand-in gives to OpenAI Responses, whole and streamed.

Source: OpenAI API reference, "Create a model response", "Streaming events", "Get input token
counts" and "Compact a response".
"""

import base64
import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from guardrail_gw.standin import answers
from guardrail_gw.standin.answers import arguments, called, encoded, pieces, said
from guardrail_gw.standin.asked import Asked
from guardrail_gw.standin.behaviour import Behaviour

ANSWER_ID: Final = "resp_standin"
_CREATED: Final = 1_700_000_000
_ECHOED: Final = (
    *("instructions", "tools", "tool_choice", "metadata", "text", "reasoning", "temperature"),
    *("user", "safety_identifier", "prompt_cache_key", "truncation", "previous_response_id"),
)
"""What a response repeats of its request."""
_TEXTS: Final = {
    "message": ("output_text", "text", "content"),
    "reasoning": ("reasoning_summary_text", "text", "summary"),
    "function_call": ("function_call_arguments", "arguments", ""),
    "custom_tool_call": ("custom_tool_call_input", "input", ""),
}
"""Type of an item -> its events' name, the member that is its text, and the list of its parts."""
_PARTS: Final = {
    "content": ("content_part", "content_index"),
    "summary": ("reasoning_summary_part", "summary_index"),
}

_RUN: Final = ("function", "custom")


def asked(body: Mapping[str, Any], raw: bytes) -> Asked:
    """Read a request as the provider would.

    Raises:
        ValueError: reasoning is not as it was sealed, or names what was never kept.
    """
    items = body.get("input") or ()
    _check_items(items)
    tools = [*_tools(body)]
    return Asked(
        model=str(body.get("model", "")),
        stream=body.get("stream") is True,
        include_usage=True,
        choices=1,
        logprobs=False,
        tools=tuple(tool["name"] for tool in tools),
        text_tools=frozenset(tool["name"] for tool in tools if tool["type"] == "custom"),
        text=last_user_text(items),
        returned=_returned(items),
        turns=_turns(items),
        body=raw.decode(errors="replace"),
    )


def _tools(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Those that a client runs; one within a namespace is named `namespace/name` here."""
    for tool in body.get("tools") or ():
        if tool["type"] in _RUN:
            yield tool
        elif tool["type"] == "namespace":
            within = tool["name"]
            yield from ({**t, "name": f"{within}/{t['name']}"} for t in tool["tools"])


def _named(name: str) -> dict[str, str]:
    """A tool's name as a call says it."""
    within, _, own = name.rpartition("/")
    return {"name": own, "namespace": within} if within else {"name": own}


def seal(reasoning: str) -> str:
    """What reasoning must come back with."""
    return base64.b64encode(hashlib.sha512(reasoning.encode()).digest()).decode()


def last_user_text(items: str | Sequence[Mapping[str, Any]]) -> str:
    """The input itself, or the text of its last message of a user or output of a tool."""
    if isinstance(items, str):
        return items
    for item in reversed(items):
        if item.get("role") == "user" or "output" in item:
            return _text(item.get("content") or item.get("output") or "")
    return ""


def _turns(items: str | Sequence[Mapping[str, Any]]) -> tuple[tuple[bool, str], ...]:
    if isinstance(items, str):
        return ((False, items),)
    return tuple(
        (item["role"] == "assistant", _text(item.get("content") or ""))
        for item in items
        if "role" in item
    )


def _returned(items: str | Sequence[Mapping[str, Any]]) -> str | None:
    """The outputs of tools at the end, in lines."""
    if isinstance(items, str):
        return None
    last = itertools.takewhile(lambda item: "output" in item, reversed(items))
    texts = [_text(item["output"] or "") for item in last]
    return "\n".join(reversed(texts)) if texts else None


def counted(ask: Asked) -> dict[str, Any]:
    """The answer of `input_tokens`."""
    return {"object": "response.input_tokens", "input_tokens": len(ask.text.split())}


def compacted(ask: Asked) -> dict[str, Any]:
    """The answer of `compact`: what the user said last, and the rest sealed."""
    part = {"type": "input_text", "text": ask.text}
    kept = {"id": "msg_standin", "type": "message", "role": "user", "content": [part]}
    rest = {"id": "cmp_standin", "type": "compaction", "encrypted_content": seal(ask.body)}
    head = {"id": ANSWER_ID, "object": "response.compaction", "created_at": _CREATED}
    return {**head, "output": [kept, rest], "usage": _usage(ask)}


def whole(ask: Asked, how: Behaviour, answer_id: str) -> dict[str, Any]:
    """A `response` object."""
    head = _head(ask, answer_id)
    return {**head, "status": "completed", "output": _items(ask, how), "usage": _usage(ask)}


def events(ask: Asked, how: Behaviour, answer_id: str) -> Iterator[tuple[bool, bytes]]:
    """The events of a stream, without its end mark.

    Yields:
        Whether the event carries content, and its bytes.
    """
    for number, data in enumerate(_events(ask, how, answer_id)):
        shown = data["type"].endswith(".delta")
        yield shown, event({**data, "sequence_number": number})


def done(ask: Asked, how: Behaviour, answer_id: str) -> bytes:
    """The end mark of a stream: the whole response."""
    number = sum(1 for _ in _events(ask, how, answer_id))
    last = {"type": "response.completed", "response": whole(ask, how, answer_id)}
    return event({**last, "sequence_number": number})


def event(data: Mapping[str, Any]) -> bytes:
    """One server-sent event; an error object becomes one."""
    told = data if "type" in data else {"type": "error", **data}
    return b"event: %b\ndata: %b\n\n" % (told["type"].encode(), encoded(told))


def error(status: int) -> dict[str, Any]:
    """An error object."""
    return answers.error(status)


def _events(ask: Asked, how: Behaviour, answer_id: str) -> Iterator[dict[str, Any]]:
    begun = {**_head(ask, answer_id), "status": "in_progress", "output": [], "usage": None}
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for index, item in enumerate(_items(ask, how)):
        yield from _item_events(item, {"output_index": index}, how)


def _item_events(
    item: dict[str, Any], at: dict[str, Any], how: Behaviour
) -> Iterator[dict[str, Any]]:
    _, key, list_ = _TEXTS[item["type"]]
    opening = {**item, "status": "in_progress", list_ or key: [] if list_ else ""}
    yield {"type": "response.output_item.added", **at, "item": opening}
    here = {**at, "item_id": item["id"]}
    if not list_:
        yield from _text_events(item, item["type"], here, how)
    for number, part in enumerate(item.get(list_) or ()):
        name, index = _PARTS[list_]
        place = {**here, index: number}
        yield {"type": f"response.{name}.added", **place, "part": {**part, "text": ""}}
        yield from _text_events(part, item["type"], place, how)
        yield {"type": f"response.{name}.done", **place, "part": part}
    yield {"type": "response.output_item.done", **at, "item": item}


def _text_events(
    holder: Mapping[str, Any], kind: str, at: dict[str, Any], how: Behaviour
) -> Iterator[dict[str, Any]]:
    name, key, _ = _TEXTS[kind]
    for piece in pieces(holder[key], how.chars):
        yield {"type": f"response.{name}.delta", **at, "delta": piece, "obfuscation": "0pAd"}
    yield {"type": f"response.{name}.done", **at, key: holder[key]}


def _head(ask: Asked, answer_id: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(ask.body)
    echo: dict[str, Any] = {name: body[name] for name in _ECHOED if name in body}
    head = {"id": answer_id, "object": "response", "created_at": _CREATED, "model": ask.model}
    told: dict[str, Any] = {
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "error": None,
    }
    # What a provider does when nothing is said of storing.
    return {**head, **told, **echo, "incomplete_details": None, "store": body.get("store", True)}


def _items(ask: Asked, how: Behaviour) -> list[dict[str, Any]]:
    text = said(ask, how)
    items: list[dict[str, Any]] = []
    if how.content == "think":
        summary = [{"type": "summary_text", "text": text}]
        sealed = {"id": "rs_standin", "type": "reasoning", "encrypted_content": seal(text)}
        items.append({**sealed, "summary": summary})
    names = called(ask, how)
    if not names:
        part = {"type": "output_text", "annotations": [], "logprobs": [], "text": text}
        return [*items, {**_begun("message", 0), "role": "assistant", "content": [part]}]
    given = json.dumps(arguments(ask, how), ensure_ascii=False)
    for i, name in enumerate(names):
        call = {"call_id": f"call_standin{i:04}", **_named(name)}
        if name in ask.text_tools:
            items.append({**_begun("custom_tool_call", i), **call, "input": text})
        else:
            items.append({**_begun("function_call", i), **call, "arguments": given})
    return items


def _begun(kind: str, number: int) -> dict[str, Any]:
    return {"id": f"{kind}_standin{number}", "type": kind, "status": "completed"}


def _usage(ask: Asked) -> dict[str, Any]:
    """One token per word: enough to be counted and added up."""
    words = len(ask.text.split())
    return {
        "input_tokens": words,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": words,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 2 * words,
    }


def _text(content: Any) -> str:  # noqa: ANN401 - JSON
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in content if "text" in part)


def _check_items(items: str | Sequence[Mapping[str, Any]]) -> None:
    for item in items if not isinstance(items, str) else ():
        if item.get("type") == "item_reference":
            raise ValueError("nothing was kept")
        if item.get("type") == "reasoning" and item.get("encrypted_content"):
            summary = "".join(part["text"] for part in item["summary"])
            if item["encrypted_content"] != seal(summary):
                raise ValueError("reasoning was changed")
