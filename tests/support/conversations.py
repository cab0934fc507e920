"""The same eight conversations in every dialect: what a client asks, and what a provider answers.

Written by hand from the providers' references, as read in 2026. `python -m tests.support.goldens`
writes what each dialect makes of each other one's.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from tests.support.seals import SEALED, SIGNED

CHAT, MESSAGES, RESPONSES = "openai_chat", "anthropic_messages", "openai_responses"
CASES: Final = (
    *("plain", "tools", "parallel tools", "structured output", "image", "thinking"),
    *("error", "stream cut"),
)
SCHEMA: Final = {
    "type": "object",
    "properties": {"town": {"type": "string"}},
    "required": ["town"],
    "additionalProperties": False,
}
_PNG: Final = "iVBORw0KGgo="
_ADDRESS: Final = "https://example.org/a.png"
_SEEN: Final = "A red roof."

_CHAT_TOOL: dict[str, Any] = {
    "type": "function",
    "function": {"name": "look", "description": "Looks.", "parameters": SCHEMA},
}
_CHAT_CALL = {
    "id": "call_a",
    "type": "function",
    "function": {"name": "look", "arguments": '{"town":"Bonn"}'},
}
_CHAT_SECOND = {
    "id": "call_b",
    "type": "function",
    "function": {"name": "look", "arguments": '{"town":"Ulm"}'},
}
_CHAT_RESULT = {"role": "tool", "tool_call_id": "call_a", "content": "rain"}
_CHAT_PLAIN = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "Where am I?"},
    ],
    "temperature": 0.5,
    "seed": 7,
    "presence_penalty": 0.5,
    "max_completion_tokens": 100,
}
_MESSAGES_TOOL = {"name": "look", "description": "Looks.", "input_schema": SCHEMA}
_MESSAGES_CALL = {"type": "tool_use", "id": "call_a", "name": "look", "input": {"town": "Bonn"}}
_MESSAGES_SECOND = {"type": "tool_use", "id": "call_b", "name": "look", "input": {"town": "Ulm"}}
_MESSAGES_RESULT = {"type": "tool_result", "tool_use_id": "call_a", "content": "rain"}
_MESSAGES_PLAIN = {
    "system": "Be brief.",
    "messages": [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "Where am I?"},
    ],
    "temperature": 0.5,
    "max_tokens": 100,
}
_RESPONSES_TOOL = {
    "type": "function",
    "name": "look",
    "description": "Looks.",
    "parameters": SCHEMA,
}
_RESPONSES_CALL = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "call_a",
    "name": "look",
    "arguments": '{"town":"Bonn"}',
    "status": "completed",
}
_RESPONSES_SECOND = {
    **_RESPONSES_CALL,
    "id": "fc_2",
    "call_id": "call_b",
    "arguments": '{"town":"Ulm"}',
}
_RESPONSES_RESULT = {"type": "function_call_output", "call_id": "call_a", "output": "rain"}
_RESPONSES_PLAIN = {
    "instructions": "Be brief.",
    "input": [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "Where am I?"},
    ],
    "temperature": 0.5,
    "max_output_tokens": 100,
    "store": False,
}

ASKED: Final[Mapping[str, Mapping[str, dict[str, Any]]]] = {
    CHAT: {
        "plain": _CHAT_PLAIN,
        "tools": {
            "messages": [
                {"role": "user", "content": "Weather in Bonn?"},
                {"role": "assistant", "content": "I look.", "tool_calls": [_CHAT_CALL]},
                _CHAT_RESULT,
            ],
            "tools": [{**_CHAT_TOOL, "function": {**_CHAT_TOOL["function"], "strict": True}}],
            "tool_choice": {"type": "function", "function": {"name": "look"}},
        },
        "parallel tools": {
            "messages": [
                {"role": "user", "content": "Weather in Bonn and Ulm?"},
                {"role": "assistant", "content": None, "tool_calls": [_CHAT_CALL, _CHAT_SECOND]},
                _CHAT_RESULT,
                {"role": "tool", "tool_call_id": "call_b", "content": "sun"},
                {"role": "user", "content": "And?"},
            ],
            "tools": [_CHAT_TOOL],
            "parallel_tool_calls": True,
        },
        "structured output": {
            "messages": [{"role": "user", "content": "Which town?"}],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "place", "schema": SCHEMA, "strict": True},
            },
        },
        "image": {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "What is it?"},
                        {
                            "type": "image_url",
                            "image_url": {"url": f"data:image/png;base64,{_PNG}", "detail": "low"},
                        },
                        {"type": "image_url", "image_url": {"url": _ADDRESS}},
                    ],
                }
            ],
        },
        "thinking": {
            "messages": [
                {"role": "user", "content": "Think."},
                {"role": "assistant", "content": "Done.", "reasoning_content": "Hm."},
                {"role": "user", "content": "Again."},
            ],
            "reasoning_effort": "high",
        },
        "error": {**_CHAT_PLAIN, "n": 2},
        "stream cut": _CHAT_PLAIN,
    },
    MESSAGES: {
        "plain": _MESSAGES_PLAIN,
        "tools": {
            "messages": [
                {"role": "user", "content": "Weather in Bonn?"},
                {
                    "role": "assistant",
                    "content": [{"type": "text", "text": "I look."}, _MESSAGES_CALL],
                },
                {"role": "user", "content": [{**_MESSAGES_RESULT, "is_error": True}]},
            ],
            "tools": [{**_MESSAGES_TOOL, "strict": True}],
            "tool_choice": {"type": "tool", "name": "look"},
            "max_tokens": 100,
        },
        "parallel tools": {
            "messages": [
                {"role": "user", "content": "Weather in Bonn and Ulm?"},
                {"role": "assistant", "content": [_MESSAGES_CALL, _MESSAGES_SECOND]},
                {
                    "role": "user",
                    "content": [
                        _MESSAGES_RESULT,
                        {"type": "tool_result", "tool_use_id": "call_b", "content": "sun"},
                        {"type": "text", "text": "And?"},
                    ],
                },
            ],
            "tools": [_MESSAGES_TOOL],
            "tool_choice": {"type": "auto", "disable_parallel_tool_use": False},
            "max_tokens": 100,
        },
        "structured output": {
            "messages": [{"role": "user", "content": "Which town?"}],
            "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
            "max_tokens": 100,
        },
        "image": {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "What is it?"},
                        {
                            "type": "image",
                            "source": {"type": "base64", "media_type": "image/png", "data": _PNG},
                        },
                        {"type": "image", "source": {"type": "url", "url": _ADDRESS}},
                    ],
                }
            ],
            "max_tokens": 100,
        },
        "thinking": {
            "messages": [
                {"role": "user", "content": "Think."},
                {
                    "role": "assistant",
                    "content": [
                        {"type": "thinking", "thinking": "Hm.", "signature": SIGNED},
                        {"type": "text", "text": "Done."},
                    ],
                },
                {"role": "user", "content": "Again."},
            ],
            "thinking": {"type": "enabled", "budget_tokens": 1024},
            "output_config": {"effort": "high"},
            "max_tokens": 2000,
        },
        "error": {**_MESSAGES_PLAIN, "container": "c1"},
        "stream cut": _MESSAGES_PLAIN,
    },
    RESPONSES: {
        "plain": _RESPONSES_PLAIN,
        "tools": {
            "input": [
                {"role": "user", "content": "Weather in Bonn?"},
                {
                    "type": "message",
                    "id": "msg_1",
                    "role": "assistant",
                    "status": "completed",
                    "content": [{"type": "output_text", "text": "I look.", "annotations": []}],
                },
                _RESPONSES_CALL,
                _RESPONSES_RESULT,
            ],
            "tools": [{**_RESPONSES_TOOL, "strict": True}],
            "tool_choice": {"type": "function", "name": "look"},
            "store": False,
        },
        "parallel tools": {
            "input": [
                {"role": "user", "content": "Weather in Bonn and Ulm?"},
                _RESPONSES_CALL,
                _RESPONSES_SECOND,
                _RESPONSES_RESULT,
                {"type": "function_call_output", "call_id": "call_b", "output": "sun"},
                {"role": "user", "content": "And?"},
            ],
            "tools": [_RESPONSES_TOOL],
            "parallel_tool_calls": True,
            "store": False,
        },
        "structured output": {
            "input": "Which town?",
            "text": {
                "format": {"type": "json_schema", "name": "place", "schema": SCHEMA, "strict": True}
            },
            "store": False,
        },
        "image": {
            "input": [
                {
                    "role": "user",
                    "content": [
                        {"type": "input_text", "text": "What is it?"},
                        {
                            "type": "input_image",
                            "image_url": f"data:image/png;base64,{_PNG}",
                            "detail": "low",
                        },
                        {"type": "input_image", "image_url": _ADDRESS},
                    ],
                }
            ],
            "store": False,
        },
        "thinking": {
            "input": [
                {"role": "user", "content": "Think."},
                {
                    "type": "reasoning",
                    "id": "rs_1",
                    "summary": [{"type": "summary_text", "text": "Hm."}],
                    "encrypted_content": SEALED,
                },
                {"role": "assistant", "content": "Done."},
                {"role": "user", "content": "Again."},
            ],
            "reasoning": {"effort": "high", "summary": "auto"},
            "include": ["reasoning.encrypted_content"],
            "store": False,
        },
        "error": {**_RESPONSES_PLAIN, "previous_response_id": "resp_1"},
        "stream cut": _RESPONSES_PLAIN,
    },
}
"""Dialect -> case -> a request, without its model; that of `error` asks for what is not served."""


def _chat(*deltas: dict[str, Any], reason: str = "stop") -> list[dict[str, Any]]:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    said = [{"role": "assistant", "content": ""}, *deltas]
    usage = {
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "total_tokens": 15,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }
    chunks = [{"index": 0, "delta": delta, "finish_reason": None} for delta in said]
    return [
        *({**head, "choices": [choice]} for choice in chunks),
        {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]},
        {**head, "choices": [], "usage": usage},
    ]


def _chat_called(call: dict[str, Any], index: int) -> list[dict[str, Any]]:
    written = call["function"]["arguments"]
    begun = {**call, "index": index, "function": {**call["function"], "arguments": ""}}
    return [
        {"tool_calls": [begun]},
        {"tool_calls": [{"index": index, "function": {"arguments": written[:6]}}]},
        {"tool_calls": [{"index": index, "function": {"arguments": written[6:]}}]},
    ]


def _messages(*blocks: dict[str, Any], reason: str = "end_turn") -> list[dict[str, Any]]:
    usage = {"input_tokens": 6, "output_tokens": 1, "cache_read_input_tokens": 4}
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": []}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {**head, "usage": usage}},
        {"type": "ping"},
    ]
    for index, block in enumerate(blocks):
        events += _block(index, block)
    said = {"output_tokens": 5, "output_tokens_details": {"thinking_tokens": 2}}
    delta = {"stop_reason": reason, "stop_sequence": None}
    return [
        *events,
        {"type": "message_delta", "delta": delta, "usage": said},
        {"type": "message_stop"},
    ]


def _block(index: int, block: dict[str, Any]) -> list[dict[str, Any]]:
    kind = block["type"]
    if kind == "tool_use":
        deltas = [{"type": "input_json_delta", "partial_json": json.dumps(block["input"])}]
        begun = {**block, "input": {}}
    elif kind == "thinking":
        deltas = [
            {"type": "thinking_delta", "thinking": block["thinking"]},
            {"type": "signature_delta", "signature": block["signature"]},
        ]
        begun = {"type": kind, "thinking": "", "signature": ""}
    else:
        text = block["text"]
        deltas = [{"type": "text_delta", "text": piece} for piece in (text[:6], text[6:])]
        begun = {"type": "text", "text": ""}
    return [
        {"type": "content_block_start", "index": index, "content_block": begun},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def _responses(*items: dict[str, Any]) -> list[dict[str, Any]]:
    head = {"id": "resp_1", "object": "response", "created_at": 1, "model": "m", "error": None}
    usage = {
        "input_tokens": 10,
        "input_tokens_details": {"cached_tokens": 4},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 2},
        "total_tokens": 15,
    }
    begun = {**head, "status": "in_progress", "output": [], "usage": None}
    over = {**head, "status": "completed", "output": list(items), "usage": usage}
    events = [
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
        *(event for index, item in enumerate(items) for event in _item(index, item)),
        {"type": "response.completed", "response": over},
    ]
    return [{**event, "sequence_number": number} for number, event in enumerate(events)]


def _item(index: int, item: dict[str, Any]) -> list[dict[str, Any]]:
    at = {"output_index": index, "item_id": item["id"]}
    opening = {**item, "status": "in_progress"}
    if item["type"] == "function_call":
        opening["arguments"] = ""
        said = _spoken("function_call_arguments", "arguments", item["arguments"], at)
    elif item["type"] == "reasoning":
        opening["summary"] = []
        said = _part(item["summary"][0], "reasoning_summary_", {**at, "summary_index": 0})
    else:
        opening["content"] = []
        said = _part(item["content"][0], "content_", {**at, "content_index": 0})
    return [
        {"type": "response.output_item.added", "output_index": index, "item": opening},
        *said,
        {"type": "response.output_item.done", "output_index": index, "item": item},
    ]


def _part(part: dict[str, Any], kind: str, at: dict[str, Any]) -> list[dict[str, Any]]:
    member = "refusal" if part["type"] == "refusal" else "text"
    name = {"summary_text": "reasoning_summary_text"}.get(part["type"], part["type"])
    return [
        {"type": f"response.{kind}part.added", **at, "part": {**part, member: ""}},
        *_spoken(name, member, part[member], at),
        {"type": f"response.{kind}part.done", **at, "part": part},
    ]


def _spoken(name: str, member: str, text: str, at: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": f"response.{name}.delta", **at, "delta": text[:6]},
        {"type": f"response.{name}.delta", **at, "delta": text[6:]},
        {"type": f"response.{name}.done", **at, member: text},
    ]


def _said(text: str) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": []}
    head = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed"}
    return {**head, "content": [part]}


_PLACE: Final = '{"town":"Bonn"}'
_REASONING: Final = {
    "id": "rs_1",
    "type": "reasoning",
    "summary": [{"type": "summary_text", "text": "Hm, well."}],
    "encrypted_content": SEALED,
}
_CHAT_SAID: Final = _chat({"content": "In Bon"}, {"content": "n."})
_MESSAGES_SAID: Final = _messages({"type": "text", "text": "In Bonn."})
_RESPONSES_SAID: Final = _responses(_said("In Bonn."))
ANSWERED: Final[Mapping[str, Mapping[str, list[dict[str, Any]]]]] = {
    CHAT: {
        "plain": _CHAT_SAID,
        "tools": _chat({"content": "I look."}, *_chat_called(_CHAT_CALL, 0), reason="tool_calls"),
        "parallel tools": _chat(
            *_chat_called(_CHAT_CALL, 0), *_chat_called(_CHAT_SECOND, 1), reason="tool_calls"
        ),
        "structured output": _chat({"content": _PLACE[:6]}, {"content": _PLACE[6:]}),
        "image": _chat({"content": _SEEN}),
        "thinking": _chat({"reasoning_content": "Hm, well."}, {"content": "In Bonn."}),
        "error": [*_CHAT_SAID[:2], {"error": {"message": "down", "type": "server_error"}}],
        "stream cut": _CHAT_SAID[:3],
    },
    MESSAGES: {
        "plain": _MESSAGES_SAID,
        "tools": _messages({"type": "text", "text": "I look."}, _MESSAGES_CALL, reason="tool_use"),
        "parallel tools": _messages(_MESSAGES_CALL, _MESSAGES_SECOND, reason="tool_use"),
        "structured output": _messages({"type": "text", "text": _PLACE}),
        "image": _messages({"type": "text", "text": _SEEN}),
        "thinking": _messages(
            {"type": "thinking", "thinking": "Hm, well.", "signature": SIGNED},
            {"type": "text", "text": "In Bonn."},
        ),
        "error": [
            *_MESSAGES_SAID[:4],
            {"type": "error", "error": {"type": "overloaded_error", "message": "down"}},
        ],
        "stream cut": _MESSAGES_SAID[:-1],
    },
    RESPONSES: {
        "plain": _RESPONSES_SAID,
        "tools": _responses(_said("I look."), _RESPONSES_CALL),
        "parallel tools": _responses(_RESPONSES_CALL, _RESPONSES_SECOND),
        "structured output": _responses(_said(_PLACE)),
        "image": _responses(_said(_SEEN)),
        "thinking": _responses(_REASONING, _said("In Bonn.")),
        "error": [
            *_RESPONSES_SAID[:5],
            {
                "type": "response.failed",
                "sequence_number": 5,
                "response": {"id": "resp_1", "status": "failed", "error": {"code": "server_error"}},
            },
        ],
        "stream cut": _RESPONSES_SAID[:-1],
    },
}
"""Dialect -> case -> the events of an answer."""
WHOLE: Final[Mapping[str, Mapping[str, dict[str, Any]]]] = {
    CHAT: {
        "tools": {
            "id": "chatcmpl-1",
            "model": "m",
            "choices": [
                {
                    "index": 0,
                    "message": {
                        "role": "assistant",
                        "content": "I look.",
                        "tool_calls": [_CHAT_CALL, _CHAT_SECOND],
                    },
                    "finish_reason": "tool_calls",
                }
            ],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        },
        "length": {
            "id": "chatcmpl-1",
            "model": "m",
            "choices": [{"index": 0, "message": {"content": "In"}, "finish_reason": "length"}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11},
        },
        "refusal": {
            "id": "chatcmpl-1",
            "model": "m",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": None, "refusal": "I do not say."},
                    "finish_reason": "stop",
                }
            ],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        },
        "thinking": {
            "id": "chatcmpl-1",
            "model": "m",
            "choices": [
                {
                    "index": 0,
                    "message": {
                        "role": "assistant",
                        "content": "In Bonn.",
                        "reasoning_content": "Hm, well.",
                    },
                    "finish_reason": "stop",
                }
            ],
            "usage": {
                "prompt_tokens": 10,
                "completion_tokens": 5,
                "total_tokens": 15,
                "prompt_tokens_details": {"cached_tokens": 4},
                "completion_tokens_details": {"reasoning_tokens": 2},
            },
        },
    },
    MESSAGES: {
        "tools": {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "m",
            "content": [{"type": "text", "text": "I look."}, _MESSAGES_CALL, _MESSAGES_SECOND],
            "stop_reason": "tool_use",
            "usage": {"input_tokens": 6, "output_tokens": 5, "cache_creation_input_tokens": 4},
        },
        "length": {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "m",
            "content": [{"type": "text", "text": "In"}],
            "stop_reason": "max_tokens",
            "usage": {"input_tokens": 10, "output_tokens": 1},
        },
        "refusal": {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "m",
            "content": [{"type": "text", "text": "I do not say."}],
            "stop_reason": "refusal",
            "usage": {"input_tokens": 10, "output_tokens": 5},
        },
        "thinking": {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "m",
            "content": [
                {"type": "thinking", "thinking": "Hm, well.", "signature": SIGNED},
                {"type": "redacted_thinking", "data": SEALED},
                {"type": "text", "text": "In Bonn."},
            ],
            "stop_reason": "end_turn",
            "usage": {
                "input_tokens": 6,
                "output_tokens": 5,
                "cache_read_input_tokens": 4,
                "output_tokens_details": {"thinking_tokens": 2},
            },
        },
    },
    RESPONSES: {
        "tools": _responses(_said("I look."), _RESPONSES_CALL, _RESPONSES_SECOND)[-1]["response"],
        "length": {
            "id": "resp_1",
            "object": "response",
            "model": "m",
            "status": "incomplete",
            "incomplete_details": {"reason": "max_output_tokens"},
            "output": [_said("In")],
            "usage": {"input_tokens": 10, "output_tokens": 1, "total_tokens": 11},
        },
        "refusal": _responses(
            {**_said(""), "content": [{"type": "refusal", "refusal": "I do not say."}]}
        )[-1]["response"],
        "thinking": _responses(_REASONING, _said("In Bonn."))[-1]["response"],
    },
}
"""Dialect -> case -> an answer that is not streamed."""
