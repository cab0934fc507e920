"""The answers a stand-in gives, as plain values: OpenAI chat completions, whole and streamed.

Source: the OpenAI API reference, "Create chat completion" and "The chat completion chunk object".
"""

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from guardrail_gw.standin.asked import Asked
from guardrail_gw.standin.behaviour import Behaviour
from guardrail_gw.standin.rest import rest

ANSWER_ID: Final = "chatcmpl"
DONE: Final = b"data: [DONE]\n\n"
_CREATED = 1_700_000_000
_PLACES: Final = re.compile(r"\{(?:text|line|json)\}")


def asked(body: Mapping[str, Any], raw: bytes) -> Asked:
    """Read a request as forgivingly as a provider would."""
    options = body.get("stream_options") or {}
    return Asked(
        model=str(body.get("model", "")),
        stream=body.get("stream") is True,
        include_usage=options.get("include_usage") is True,
        choices=int(body.get("n") or 1),
        logprobs=body.get("logprobs") is True,
        tier=body.get("service_tier"),
        tools=tuple(t["function"]["name"] for t in body.get("tools") or () if "function" in t),
        text=last_user_text(body.get("messages") or ()),
        returned=_returned(body.get("messages") or ()),
        turns=tuple(
            (m.get("role") == "assistant", _text(m.get("content") or ""))
            for m in body.get("messages") or ()
        ),
        body=raw.decode(errors="replace"),
    )


def last_user_text(messages: Sequence[Mapping[str, Any]]) -> str:
    """The text of the last user message: a string, or its text parts joined by a line feed."""
    for message in reversed(messages):
        if message.get("role") == "user":
            return _text(message.get("content") or "")
    return ""


def _returned(messages: Sequence[Mapping[str, Any]]) -> str | None:
    """The contents of the tool messages at the end, in lines."""
    last = itertools.takewhile(lambda m: m.get("role") == "tool", reversed(messages))
    texts = [_text(message.get("content") or "") for message in last]
    return "\n".join(reversed(texts)) if texts else None


def _text(content: str | Sequence[Mapping[str, Any]]) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(p.get("text", "")) for p in content if p.get("type") == "text")


def whole(ask: Asked, how: Behaviour, answer_id: str) -> dict[str, Any]:
    """A `chat.completion` object."""
    message, finish = _message(ask, how)
    choice: dict[str, Any] = {"message": message, "finish_reason": finish}
    if ask.logprobs and message["content"] is not None:
        choice["logprobs"] = {"content": _logprobs(pieces(message["content"], how.chars))}
    return {
        **_head(ask, answer_id, "chat.completion"),
        "choices": [{"index": i, **choice} for i in range(ask.choices)],
        "usage": usage(ask, how),
    }


def events(ask: Asked, how: Behaviour, answer_id: str) -> Iterator[tuple[bool, bytes]]:
    """The events of a stream, without its end mark.

    Yields:
        Whether the event carries content, and its bytes.
    """
    head = _head(ask, answer_id, "chat.completion.chunk")
    message, finish = _message(ask, how)
    every = range(ask.choices)
    for index in every:
        yield False, event(_chunk(head, index, {"role": "assistant", "content": ""}))
    for delta in _deltas(message, how):
        for index in every:
            yield True, event(_chunk(head, index, delta, logprobs=ask.logprobs))
    for index in every:
        yield False, event(_chunk(head, index, {}, finish=finish))
    if ask.include_usage:
        yield False, event({**head, "choices": [], "usage": usage(ask, how)})


def done(ask: Asked, how: Behaviour, answer_id: str) -> bytes:  # noqa: ARG001 - the seam's
    """The end mark of a stream."""
    return DONE


def event(data: Mapping[str, Any]) -> bytes:
    """One server-sent event."""
    return b"data: " + encoded(data) + b"\n\n"


def encoded(data: object) -> bytes:
    """Compact JSON; characters beyond ASCII as UTF-8, so that a cut can fall inside one."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def error(status: int) -> dict[str, Any]:
    """An error object."""
    codes = {429: "rate_limit_exceeded", 401: "invalid_api_key", 400: "context_length_exceeded"}
    code = codes.get(status, "server_error")
    return {"error": {"message": "as told", "type": code, "param": None, "code": code}}


def _head(ask: Asked, answer_id: str, kind: str) -> dict[str, Any]:
    tier = {} if ask.tier is None else {"service_tier": ask.tier}
    return {"id": answer_id, "object": kind, "created": _CREATED, "model": ask.model, **tier}


def said(ask: Asked, how: Behaviour) -> str:
    """What the answer says."""
    if how.content == "go-on":
        return rest(ask, how.text)
    if how.text is not None:
        return how.text
    if how.content == "work" and ask.returned is not None:
        return ask.returned
    return ask.body if how.content == "mirror" else ask.text


def called(ask: Asked, how: Behaviour) -> list[str]:
    """The names of the tools that the answer calls; none if it says something instead."""
    tools = [name for name in ask.tools if how.pick in (None, name)]
    if not tools or how.content not in ("tool", "work"):
        return []
    if how.content == "work" and ask.returned is not None:
        return []
    return [tools[i % len(tools)] for i in range(how.calls)]


def arguments(ask: Asked, how: Behaviour) -> Any:  # noqa: ANN401 - JSON
    """The arguments of each call.

    Raises:
        ValueError: what was told is no JSON once filled in.
    """
    text = said(ask, how)
    line = (text.splitlines() or [""])[-1]
    values = {"{text}": json.dumps(text), "{line}": json.dumps(line), "{json}": line}
    return json.loads(_PLACES.sub(lambda place: values[place[0]], how.arguments))


def _message(ask: Asked, how: Behaviour) -> tuple[dict[str, Any], str]:
    text = said(ask, how)
    names = called(ask, how)
    if not names:
        return {"role": "assistant", "content": text}, "stop"
    given = json.dumps(arguments(ask, how), ensure_ascii=False)
    calls = [
        {"id": f"call_{i}", "type": "function", "function": {"name": name, "arguments": given}}
        for i, name in enumerate(names)
    ]
    return {"role": "assistant", "content": None, "tool_calls": calls}, "tool_calls"


def _deltas(message: Mapping[str, Any], how: Behaviour) -> Iterator[dict[str, Any]]:
    if message["content"] is not None:
        for piece in pieces(message["content"], how.chars):
            yield {"content": piece}
        return
    calls = message["tool_calls"]
    for i, call in enumerate(calls):
        opening = {**call, "function": {**call["function"], "arguments": ""}}
        yield {"tool_calls": [{"index": i, **opening}]}
    # Parallel calls grow in turns, as some providers send them.
    parts = [pieces(call["function"]["arguments"], how.chars) for call in calls]
    for turn in range(max(map(len, parts), default=0)):
        for i, part in enumerate(parts):
            yield {"tool_calls": [{"index": i, "function": {"arguments": part[turn]}}]}


def pieces(text: str, chars: int) -> list[str]:
    """The text of each content event."""
    size = chars or max(1, len(text))
    return [text[i : i + size] for i in range(0, len(text), size)]


def _chunk(
    head: Mapping[str, Any],
    index: int,
    delta: dict[str, Any],
    *,
    finish: str | None = None,
    logprobs: bool = False,
) -> dict[str, Any]:
    choice: dict[str, Any] = {"index": index, "delta": delta, "finish_reason": finish}
    if logprobs and delta.get("content"):
        choice["logprobs"] = {"content": _logprobs([delta["content"]])}
    return {**head, "choices": [choice]}


def _logprobs(tokens: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"token": t, "logprob": -0.5, "bytes": list(t.encode()), "top_logprobs": []} for t in tokens
    ]


def usage(ask: Asked, how: Behaviour) -> dict[str, int]:
    """One token per word: enough to be counted and added up."""
    prompt, completion = len(ask.text.split()), len(said(ask, how).split()) * ask.choices
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
