"""The answers a stand-in gives to Anthropic Messages, whole and streamed.

Source: Anthropic API reference, "Messages", "Streaming Messages", "Errors" and "Extended thinking".
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from guardrail_gw.standin.answers import arguments, called, encoded, pieces, said
from guardrail_gw.standin.asked import Asked
from guardrail_gw.standin.behaviour import Behaviour

ANSWER_ID: Final = "msg_standin"
DONE: Final = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
_KINDS: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


def asked(body: Mapping[str, Any], raw: bytes) -> Asked:
    """Read a request as the provider would.

    Raises:
        ValueError: a thinking block is not as it was signed.
    """
    messages = body.get("messages") or ()
    _check_signatures(messages)
    return Asked(
        model=str(body.get("model", "")),
        stream=body.get("stream") is True,
        include_usage=True,
        choices=1,
        logprobs=False,
        tools=tuple(t["name"] for t in body.get("tools") or () if "input_schema" in t),
        text=last_user_text(messages),
        returned=_returned(messages),
        turns=tuple((m["role"] == "assistant", _text(m.get("content") or "")) for m in messages),
        body=raw.decode(errors="replace"),
    )


def signature(thinking: str) -> str:
    """What a thinking block must come back with."""
    return base64.b64encode(hashlib.sha512(thinking.encode()).digest()).decode()


def last_user_text(messages: Sequence[Mapping[str, Any]]) -> str:
    """The text of the last user message: a string, or its texts and tool results in lines."""
    for message in reversed(messages):
        if message.get("role") == "user":
            return _text(message.get("content") or "")
    return ""


def _returned(messages: Sequence[Mapping[str, Any]]) -> str | None:
    """The results of tools in the last message, in lines."""
    content = messages[-1].get("content") if messages else ""
    if isinstance(content, str):
        return None
    results = [block for block in content or () if block.get("type") == "tool_result"]
    return _text(results) if results else None


def counted(ask: Asked) -> dict[str, Any]:
    """The answer of `count_tokens`."""
    return {"input_tokens": len(ask.text.split())}


def whole(ask: Asked, how: Behaviour, answer_id: str) -> dict[str, Any]:
    """A `message` object."""
    blocks, stop = _blocks(ask, how)
    return {**_head(ask, answer_id), "content": blocks, "stop_reason": stop, "usage": _usage(ask)}


def events(ask: Asked, how: Behaviour, answer_id: str) -> Iterator[tuple[bool, bytes]]:
    """The events of a stream, without its end mark.

    Yields:
        Whether the event carries content, and its bytes.
    """
    blocks, stop = _blocks(ask, how)
    head = {**_head(ask, answer_id), "content": [], "stop_reason": None}
    yield False, event({"type": "message_start", "message": {**head, "usage": _usage(ask)}})
    yield False, event({"type": "ping"})
    for index, block in enumerate(blocks):
        at: dict[str, Any] = {"index": index}
        opening = {k: type(v)() if k in _GROWS else v for k, v in block.items()}
        yield False, event({"type": "content_block_start", **at, "content_block": opening})
        for delta in _deltas(block, how):
            yield True, event({"type": "content_block_delta", **at, "delta": delta})
        yield False, event({"type": "content_block_stop", **at})
    delta = {"stop_reason": stop, "stop_sequence": None}
    yield False, event({"type": "message_delta", "delta": delta, "usage": _usage(ask)})


def done(ask: Asked, how: Behaviour, answer_id: str) -> bytes:  # noqa: ARG001 - the seam's
    """The end mark of a stream."""
    return DONE


def event(data: Mapping[str, Any]) -> bytes:
    """One server-sent event."""
    return b"event: %b\ndata: %b\n\n" % (data["type"].encode(), encoded(data))


def error(status: int) -> dict[str, Any]:
    """An error object."""
    kind = _KINDS.get(status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": "as told"}, "request_id": "req_1"}


_GROWS: Final = frozenset({"text", "thinking", "signature", "input"})


def _head(ask: Asked, answer_id: str) -> dict[str, Any]:
    head = {"id": answer_id, "type": "message", "role": "assistant", "model": ask.model}
    return {**head, "stop_sequence": None}


def _blocks(ask: Asked, how: Behaviour) -> tuple[list[dict[str, Any]], str]:
    text = said(ask, how)
    blocks: list[dict[str, Any]] = []
    if how.content == "think":
        blocks.append({"type": "thinking", "thinking": text, "signature": signature(text)})
    names = called(ask, how)
    if not names:
        return [*blocks, {"type": "text", "text": text}], "end_turn"
    given = arguments(ask, how)
    for i, name in enumerate(names):
        call = {"type": "tool_use", "id": f"toolu_standin{i:04}", "name": name}
        blocks.append({**call, "input": given})
    return blocks, "tool_use"


def _deltas(block: Mapping[str, Any], how: Behaviour) -> Iterator[dict[str, Any]]:
    kind = block["type"]
    if kind == "tool_use":
        source = json.dumps(block["input"], ensure_ascii=False)
        for piece in pieces(source, how.chars):
            yield {"type": "input_json_delta", "partial_json": piece}
        return
    for piece in pieces(block[kind], how.chars):
        yield {"type": f"{kind}_delta", kind: piece}
    if kind == "thinking":
        yield {"type": "signature_delta", "signature": block["signature"]}


def _usage(ask: Asked) -> dict[str, int]:
    """One token per word: enough to be counted and added up."""
    words = len(ask.text.split())
    return {
        "input_tokens": words,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": words,
    }


def _text(content: Any) -> str:  # noqa: ANN401 - JSON
    if isinstance(content, str):
        return content
    shown = (b.get("text") or b.get("content") or "" for b in content)
    return "\n".join(filter(None, map(_text, shown)))


def _check_signatures(messages: Sequence[Mapping[str, Any]]) -> None:
    for message in messages:
        for block in message.get("content") or ():
            signed = isinstance(block, dict) and block.get("type") == "thinking"
            if signed and block["signature"] != signature(block["thinking"]):
                raise ValueError("a thinking block was changed")
