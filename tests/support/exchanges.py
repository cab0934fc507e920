"""The same exchanges in the words of several dialects: what is asked, and what is answered.

Written from the references of the dialects, so that a translation can be read beside what a
client of the other dialect would have said itself.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from tests.support.seals import SIGNED

GEMINI: Final = "gemini_generate"
SCENARIOS: Final = (
    *("plain", "tools", "parallel tools", "structured output", "image", "thinking", "error"),
    "stream cut",
)
_PNG = "iVBORw0KGgo="
_TOWN = {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]}
_CLOSED = {**_TOWN, "additionalProperties": False}
_GOOGLES = {"type": "OBJECT", "properties": {"town": {"type": "STRING"}}, "required": ["town"]}

Body = dict[str, Any]


def _chat(*messages: Body, **more: Any) -> Body:
    return {"model": "m", "messages": list(messages), **more}


def _chat_call(id_: str, town: str) -> Body:
    arguments = json.dumps({"town": town})
    return {
        "id": id_,
        "type": "function",
        "function": {"name": "weather", "arguments": arguments},
    }


_CHAT_USER = {"role": "user", "content": "Bonn or Ulm?"}
_CHAT_TOOL = {
    "type": "function",
    "function": {"name": "weather", "description": "Tells it.", "parameters": _TOWN},
}
_CHAT: Final[Mapping[str, Body]] = {
    "plain": _chat(
        {"role": "system", "content": "Be brief."},
        _CHAT_USER,
        {"role": "assistant", "content": "Bonn."},
        {"role": "user", "content": "Why?"},
        temperature=0.5,
        top_p=0.9,
        seed=7,
        presence_penalty=0.5,
        stop=["END"],
        max_completion_tokens=99,
    ),
    "tools": _chat(_CHAT_USER, tools=[_CHAT_TOOL], tool_choice="required"),
    "parallel tools": _chat(
        _CHAT_USER,
        {
            "role": "assistant",
            "content": "I look.",
            "tool_calls": [_chat_call("call_1", "Bonn"), _chat_call("call_2", "Ulm")],
        },
        {"role": "tool", "tool_call_id": "call_2", "content": "rain"},
        {"role": "tool", "tool_call_id": "call_1", "content": '{"sky":"clear"}'},
        tools=[_CHAT_TOOL],
        tool_choice={"type": "function", "function": {"name": "weather"}},
    ),
    "structured output": _chat(
        _CHAT_USER,
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "town", "schema": _CLOSED, "strict": True},
        },
    ),
    "image": _chat(
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Which town?"},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{_PNG}"}},
                {"type": "image_url", "image_url": {"url": "https://example.org/a.JPG?w=9"}},
            ],
        }
    ),
    "thinking": _chat(
        _CHAT_USER,
        {"role": "assistant", "content": "Bonn.", "reasoning_content": "Hm."},
        {"role": "user", "content": "Why?"},
        reasoning_effort="high",
    ),
    "error": _chat(_CHAT_USER),
    "stream cut": _chat(_CHAT_USER),
}

_MESSAGES_USER = {"role": "user", "content": "Bonn or Ulm?"}
_MESSAGES_TOOL = {"name": "weather", "description": "Tells it.", "input_schema": _TOWN}


def _messages(*messages: Body, **more: Any) -> Body:
    return {"model": "m", "max_tokens": 99, "messages": list(messages), **more}


def _use(id_: str, town: str) -> Body:
    return {"type": "tool_use", "id": id_, "name": "weather", "input": {"town": town}}


_MESSAGES: Final[Mapping[str, Body]] = {
    "plain": _messages(
        _MESSAGES_USER,
        {"role": "assistant", "content": "Bonn."},
        {"role": "user", "content": "Why?"},
        system="Be brief.",
        temperature=0.5,
        top_p=0.9,
        top_k=40,
        stop_sequences=["END"],
        metadata={"user_id": "u1"},
    ),
    "tools": _messages(_MESSAGES_USER, tools=[_MESSAGES_TOOL], tool_choice={"type": "any"}),
    "parallel tools": _messages(
        _MESSAGES_USER,
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "I look."},
                _use("toolu_1", "Bonn"),
                _use("toolu_2", "Ulm"),
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_2", "content": "rain"},
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_1",
                    "content": [{"type": "text", "text": "no such town"}],
                    "is_error": True,
                },
            ],
        },
        tools=[_MESSAGES_TOOL],
        tool_choice={"type": "tool", "name": "weather"},
    ),
    "structured output": _messages(
        _MESSAGES_USER, output_config={"format": {"type": "json_schema", "schema": _CLOSED}}
    ),
    "image": _messages(
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Which town?"},
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": _PNG},
                },
                {
                    "type": "document",
                    "source": {"type": "url", "url": "https://example.org/a.pdf"},
                },
            ],
        }
    ),
    "thinking": _messages(
        _MESSAGES_USER,
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": SIGNED},
                {"type": "text", "text": "Bonn."},
            ],
        },
        {"role": "user", "content": "Why?"},
        thinking={"type": "enabled", "budget_tokens": 2048},
    ),
    "error": _messages(_MESSAGES_USER),
    "stream cut": _messages(_MESSAGES_USER),
}


def _gemini(*contents: Body, **more: Any) -> Body:
    return {"contents": list(contents), **more}


def _said(role: str, *parts: Body | str) -> Body:
    return {"role": role, "parts": [{"text": p} if isinstance(p, str) else p for p in parts]}


def _function_call(town: str, **more: Any) -> Body:
    return {"functionCall": {"name": "weather", "args": {"town": town}, **more}}


_GEMINI_USER = _said("user", "Bonn or Ulm?")
_GEMINI_TOOL = {
    "functionDeclarations": [
        {"name": "weather", "description": "Tells it.", "parameters": _GOOGLES}
    ]
}
_GEMINI: Final[Mapping[str, Body]] = {
    "plain": _gemini(
        _GEMINI_USER,
        _said("model", "Bonn."),
        _said("user", "Why?"),
        systemInstruction={"parts": [{"text": "Be brief."}]},
        generationConfig={
            "temperature": 0.5,
            "topP": 0.9,
            "topK": 40.0,
            "seed": 7,
            "presencePenalty": 0.5,
            "stopSequences": ["END"],
            "maxOutputTokens": 99,
        },
        safetySettings=[{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}],
    ),
    "tools": _gemini(
        _GEMINI_USER,
        tools=[_GEMINI_TOOL],
        toolConfig={"functionCallingConfig": {"mode": "ANY"}},
    ),
    "parallel tools": _gemini(
        _GEMINI_USER,
        _said("model", "I look.", _function_call("Bonn"), _function_call("Ulm")),
        _said(
            "user",
            {"functionResponse": {"name": "weather", "response": {"output": "rain"}}},
            {"functionResponse": {"name": "weather", "response": {"error": "no such town"}}},
        ),
        tools=[_GEMINI_TOOL],
        toolConfig={"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["weather"]}},
    ),
    "structured output": _gemini(
        _GEMINI_USER,
        generationConfig={"responseMimeType": "application/json", "responseSchema": _GOOGLES},
    ),
    "image": _gemini(
        _said(
            "user",
            "Which town?",
            {"inline_data": {"mime_type": "image/png", "data": "_-8"}},
            {"fileData": {"fileUri": "https://example.org/a.jpg", "mimeType": "image/jpeg"}},
        )
    ),
    "thinking": _gemini(
        _GEMINI_USER,
        _said(
            "model", {"text": "Hm.", "thought": True}, {"text": "Bonn.", "thoughtSignature": SIGNED}
        ),
        _said("user", "Why?"),
        generationConfig={"thinkingConfig": {"includeThoughts": True, "thinkingLevel": "HIGH"}},
    ),
    "error": _gemini(_GEMINI_USER),
    "stream cut": _gemini(_GEMINI_USER),
}

ASKED: Final[Mapping[str, Mapping[str, Body]]] = {
    "openai_chat": _CHAT,
    "anthropic_messages": _MESSAGES,
    GEMINI: _GEMINI,
}
"""Dialect -> scenario -> what a client of the dialect asks, but for whether it wants a stream."""


def _sse(*events: Body | str) -> bytes:
    texts = (e if isinstance(e, str) else json.dumps(e) for e in events)
    return b"".join(f"data: {text}\n\n".encode() for text in texts)


def _chunks(*deltas: Body, reason: str = "stop") -> list[Body]:
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    last = {"index": 0, "delta": {}, "finish_reason": reason}
    return [{"id": "c1", "model": "g", "choices": [choice]} for choice in (*choices, last)]


_CHAT_USAGE = {
    "prompt_tokens": 7,
    "completion_tokens": 5,
    "prompt_tokens_details": {"cached_tokens": 3},
    "completion_tokens_details": {"reasoning_tokens": 2},
}


def _chat_streamed(*deltas: Body, reason: str = "stop") -> bytes:
    counts = {"id": "c1", "model": "g", "choices": [], "usage": _CHAT_USAGE}
    return _sse(*_chunks(*deltas, reason=reason), counts, "[DONE]")


def _chat_whole(message: Body, reason: str = "stop") -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason}
    body = {"id": "c1", "model": "g", "choices": [choice], "usage": _CHAT_USAGE}
    return json.dumps(body).encode()


def _piece(index: int, arguments: str, **begun: Any) -> Body:
    function = {"arguments": arguments, **({"name": "weather"} if begun else {})}
    return {"tool_calls": [{"index": index, **begun, "function": function}]}


_CHAT_ERROR = {"error": {"message": "boom", "type": "server_error", "code": None}}
_CALL_PIECES = (
    _piece(0, "", id="call_1", type="function"),
    _piece(0, '{"town":'),
    _piece(0, '"Bonn"}'),
)
_CHAT_ANSWERS: Final[Mapping[str, tuple[bytes, bytes]]] = {
    "plain": (
        _chat_whole({"content": "Bonn, of course."}, "length"),
        _chat_streamed({"content": "Bonn, "}, {"content": "of course."}, reason="length"),
    ),
    "tools": (
        _chat_whole({"content": None, "tool_calls": [_chat_call("call_1", "Bonn")]}, "tool_calls"),
        _chat_streamed(*_CALL_PIECES, reason="tool_calls"),
    ),
    "parallel tools": (
        _chat_whole(
            {
                "content": "I look.",
                "tool_calls": [_chat_call("call_1", "Bonn"), _chat_call("call_2", "Ulm")],
            },
            "tool_calls",
        ),
        _chat_streamed(
            {"content": "I look."},
            *_CALL_PIECES,
            _piece(1, '{"town":"Ulm"}', id="call_2", type="function"),
            reason="tool_calls",
        ),
    ),
    "structured output": (
        _chat_whole({"content": '{"town":"Bonn"}'}),
        _chat_streamed({"content": '{"town":'}, {"content": '"Bonn"}'}),
    ),
    "image": (
        _chat_whole({"content": None, "refusal": "I do not say."}),
        _chat_streamed({"refusal": "I do "}, {"refusal": "not say."}),
    ),
    "thinking": (
        _chat_whole({"content": "Bonn.", "reasoning_content": "Hm."}),
        _chat_streamed({"reasoning_content": "Hm."}, {"content": "Bonn."}),
    ),
    "error": (
        json.dumps(_CHAT_ERROR).encode(),
        _sse(_chunks({"content": "Bonn, "})[0], _CHAT_ERROR),
    ),
    "stream cut": (b"", _sse(_chunks({"content": "Bonn, "})[0])),
}

_MESSAGES_USAGE = {"input_tokens": 4, "output_tokens": 5, "cache_read_input_tokens": 3}


def _blocks(*blocks: Body, reason: str = "end_turn") -> bytes:
    begun = {"id": "m1", "type": "message", "model": "c", "content": [], "usage": _MESSAGES_USAGE}
    events: list[Body] = [{"type": "message_start", "message": begun}]
    for index, block in enumerate(blocks):
        at = {"index": index}
        events += (
            {"type": "content_block_start", **at, "content_block": block["start"]},
            *({"type": "content_block_delta", **at, "delta": d} for d in block["deltas"]),
            {"type": "content_block_stop", **at},
        )
    usage = {"output_tokens": 5}
    ended = {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage}
    return _sse(*events, ended, {"type": "message_stop"})


def _text_block(*pieces: str) -> Body:
    deltas = [{"type": "text_delta", "text": piece} for piece in pieces]
    return {"start": {"type": "text", "text": ""}, "deltas": deltas}


def _use_block(id_: str, *pieces: str) -> Body:
    start = {"type": "tool_use", "id": id_, "name": "weather", "input": {}}
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    return {"start": start, "deltas": deltas}


def _message(*content: Body, reason: str = "end_turn") -> bytes:
    body = {"id": "m1", "type": "message", "role": "assistant", "model": "c"}
    more = {"content": list(content), "stop_reason": reason, "usage": _MESSAGES_USAGE}
    return json.dumps(body | more).encode()


_MESSAGES_ERROR = {"type": "error", "error": {"type": "overloaded_error", "message": "boom"}}
_THOUGHT_BLOCK = {
    "start": {"type": "thinking", "thinking": ""},
    "deltas": [
        {"type": "thinking_delta", "thinking": "Hm."},
        {"type": "signature_delta", "signature": SIGNED},
    ],
}
_CUT = _blocks(_text_block("Bonn, ")).partition(b'data: {"type": "message_stop"')[0]
_MESSAGES_ANSWERS: Final[Mapping[str, tuple[bytes, bytes]]] = {
    "plain": (
        _message({"type": "text", "text": "Bonn, of course."}, reason="max_tokens"),
        _blocks(_text_block("Bonn, ", "of course."), reason="max_tokens"),
    ),
    "tools": (
        _message(_use("toolu_1", "Bonn"), reason="tool_use"),
        _blocks(_use_block("toolu_1", "", '{"town":', '"Bonn"}'), reason="tool_use"),
    ),
    "parallel tools": (
        _message(
            {"type": "text", "text": "I look."},
            _use("toolu_1", "Bonn"),
            _use("toolu_2", "Ulm"),
            reason="tool_use",
        ),
        _blocks(
            _text_block("I look."),
            _use_block("toolu_1", '{"town":', '"Bonn"}'),
            _use_block("toolu_2", '{"town":"Ulm"}'),
            reason="tool_use",
        ),
    ),
    "structured output": (
        _message({"type": "text", "text": '{"town":"Bonn"}'}),
        _blocks(_text_block('{"town":', '"Bonn"}')),
    ),
    "image": (
        _message({"type": "text", "text": "I do not say."}, reason="refusal"),
        _blocks(_text_block("I do ", "not say."), reason="refusal"),
    ),
    "thinking": (
        _message(
            {"type": "thinking", "thinking": "Hm.", "signature": SIGNED},
            {"type": "text", "text": "Bonn."},
        ),
        _blocks(_THOUGHT_BLOCK, _text_block("Bonn.")),
    ),
    "error": (json.dumps(_MESSAGES_ERROR).encode(), _sse(_MESSAGES_ERROR)),
    "stream cut": (b"", _CUT),
}

_GEMINI_USAGE = {
    "promptTokenCount": 7,
    "candidatesTokenCount": 3,
    "thoughtsTokenCount": 2,
    "cachedContentTokenCount": 3,
    "totalTokenCount": 12,
}


def _part(*parts: Body | str, reason: str | None = None) -> Body:
    candidate: Body = {"content": _said("model", *parts), "index": 0}
    ended = {} if reason is None else {"finishReason": reason}
    return {
        "candidates": [candidate | ended],
        "usageMetadata": _GEMINI_USAGE,
        "modelVersion": "gemini",
        "responseId": "r1",
    }


def _answers(*parts: Body | str, reason: str = "STOP") -> tuple[bytes, bytes]:
    whole = json.dumps(_part(*parts, reason=reason)).encode()
    return whole, _sse(*(_part(part) for part in parts[:-1]), _part(parts[-1], reason=reason))


_GEMINI_ERROR = {"error": {"code": 503, "message": "boom", "status": "UNAVAILABLE"}}
_GEMINI_ANSWERS: Final[Mapping[str, tuple[bytes, bytes]]] = {
    "plain": _answers("Bonn, ", "of course.", reason="MAX_TOKENS"),
    "tools": _answers({**_function_call("Bonn"), "thoughtSignature": SIGNED}),
    "parallel tools": _answers(
        "I look.",
        {**_function_call("Bonn", id="f1"), "thoughtSignature": SIGNED},
        _function_call("Ulm"),
    ),
    "structured output": _answers('{"town":', '"Bonn"}'),
    "image": _answers("I do not say.", reason="SAFETY"),
    "thinking": _answers(
        {"text": "Hm.", "thought": True}, "Bonn.", {"text": "", "thoughtSignature": SIGNED}
    ),
    "error": (json.dumps(_GEMINI_ERROR).encode(), _sse(_part("Bonn, "), _GEMINI_ERROR)),
    "stream cut": (b"", _sse(_part("Bonn, "))),
}
WHOLE: Final[Mapping[str, Body]] = {
    "tools": json.loads(_GEMINI_ANSWERS["parallel tools"][0]),
    "length": json.loads(_GEMINI_ANSWERS["plain"][0]),
    "refusal": json.loads(_GEMINI_ANSWERS["image"][0]),
    "thinking": json.loads(_GEMINI_ANSWERS["thinking"][0]),
}
"""Case -> a Gemini answer that is not streamed."""
ANSWERED: Final[Mapping[str, Mapping[str, tuple[bytes, bytes]]]] = {
    "openai_chat": _CHAT_ANSWERS,
    "anthropic_messages": _MESSAGES_ANSWERS,
    GEMINI: _GEMINI_ANSWERS,
}
"""Dialect -> scenario -> a provider's answer, whole and as a stream."""
