"""Which answers are said in full, by the words of each dialect."""

from typing import Any

import pytest

from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.dialects.in_full import IN_FULL


def choice(reason: object, **more: Any) -> dict[str, Any]:
    """A chunk of chat with one choice."""
    return {"choices": [{"index": 0, "delta": {}, "finish_reason": reason, **more}]}


def candidate(reason: object, **more: Any) -> dict[str, Any]:
    """A part of Gemini's with one candidate."""
    return {"candidates": [{"finishReason": reason, **more}]}


def response(status: str, *parts: str) -> dict[str, Any]:
    """A whole response."""
    content = [{"type": part} for part in parts]
    return {"object": "response", "status": status, "output": [{"content": content}]}


COHERE: tuple[tuple[bool | None, tuple[str | None, ...]], ...] = (
    (True, ("COMPLETE", "STOP_SEQUENCE", "TOOL_CALL")),
    (False, ("MAX_TOKENS", "ERROR", "TIMEOUT", "ERROR_LIMIT", "ERROR_TOXIC", "USER_CANCEL")),
    (None, (None,)),
)
"""Whether an answer that ends for one of these reasons is said in full."""
CASES: list[tuple[str, dict[str, Any], bool | None]] = [
    *(("openai_chat", choice(reason), True) for reason in ("stop", "tool_calls", "function_call")),
    ("openai_chat", choice(None), None),
    ("openai_chat", {"choices": [], "usage": {}}, None),
    ("openai_chat", {"usage": {}}, None),
    ("openai_chat", choice("length"), False),
    ("openai_chat", choice("content_filter"), False),
    ("openai_chat", choice("stop", message={"refusal": "no"}), False),
    ("openai_chat", choice("stop", message={"refusal": None}), True),
    ("openai_chat", choice(None, delta={"refusal": "n"}), False),
    ("openai_chat", choice("stop", index=1), False),
    ("openai_chat", {"choices": choice("stop")["choices"] * 2}, False),
    ("openai_chat", {"choices": "stop"}, False),
    ("openai_chat", choice(["stop"]), False),
    ("anthropic_messages", {"type": "message", "stop_reason": {}}, False),
    ("openai_responses", {"object": "response", "status": ["completed"]}, False),
    ("openai_responses", {**response("completed"), "output": 3}, False),
    ("openai_completions", choice("stop", text="x"), True),
    *(
        (dialect, {"finish_reason": reason}, is_full)
        for dialect in ("cohere_chat", "cohere_chat_v1")
        for is_full, reasons in COHERE
        for reason in reasons
    ),
    ("cohere_chat", {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}}, True),
    ("cohere_chat", {"type": "message-end", "delta": {"finish_reason": "MAX_TOKENS"}}, False),
    ("cohere_chat", {"type": "message-end", "delta": {"finish_reason": ["COMPLETE"]}}, False),
    ("cohere_chat", {"type": "content-delta", "delta": {"message": {"content": {}}}}, None),
    ("cohere_chat_v1", {"event_type": "text-generation", "text": "x"}, None),
    ("openai_completions", choice("length"), False),
    ("openai_embeddings", {"object": "list", "data": [{"embedding": [1]}]}, True),
    ("openai_embeddings", {"object": "list"}, None),
    ("openai_responses", response("completed", "output_text"), True),
    ("openai_responses", response("completed", "refusal"), False),
    ("openai_responses", response("incomplete"), False),
    ("openai_responses", response("failed"), False),
    (
        "openai_responses",
        {"type": "response.created", "response": response("in_progress")},
        None,
    ),
    ("openai_responses", {"type": "response.output_text.delta", "delta": "x"}, None),
    ("openai_responses", {"type": "response.refusal.delta", "delta": "x"}, False),
    ("openai_responses", {"type": "response.output_item.done", "status": "completed"}, None),
    (
        "openai_responses",
        {"type": "response.completed", "response": response("completed")},
        True,
    ),
    (
        "openai_responses",
        {"type": "response.incomplete", "response": response("incomplete")},
        False,
    ),
    *(
        ("anthropic_messages", {"type": "message", "stop_reason": reason}, True)
        for reason in ("end_turn", "tool_use", "stop_sequence")
    ),
    ("anthropic_messages", {"type": "message", "stop_reason": "max_tokens"}, False),
    ("anthropic_messages", {"type": "message", "stop_reason": "refusal"}, False),
    ("anthropic_messages", {"type": "message", "stop_reason": "pause_turn"}, False),
    ("anthropic_messages", {"type": "message_start", "message": {"stop_reason": None}}, None),
    ("anthropic_messages", {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, True),
    ("anthropic_messages", {"type": "message_delta", "delta": {"stop_reason": None}}, None),
    ("anthropic_messages", {"type": "message_stop"}, None),
    ("anthropic_messages", {"input_tokens": 3}, None),
    ("gemini_generate", candidate("STOP"), True),
    ("gemini_generate", candidate(1), True),
    ("gemini_generate", candidate(None), None),
    ("gemini_generate", candidate("MAX_TOKENS"), False),
    ("gemini_generate", candidate("SAFETY"), False),
    ("gemini_generate", candidate("STOP", index=1), False),
    ("gemini_generate", {"promptFeedback": {"blockReason": "SAFETY"}}, False),
    ("gemini_generate", {"usageMetadata": {}}, None),
    ("gemini_generate", {"totalTokens": 3}, None),
]


@pytest.mark.parametrize(("dialect", "data", "wanted"), CASES)
def test_only_what_ended_by_itself_is_said_in_full(
    dialect: str,
    data: dict[str, Any],
    wanted: bool | None,  # noqa: FBT001 - what is wanted
) -> None:
    """A reason that nobody knows is none; where nothing ends, nothing is said."""
    assert IN_FULL[dialect](data) is wanted


def test_every_dialect_that_is_always_served_is_judged() -> None:
    """And no other: their answers are not kept."""
    assert IN_FULL.keys() == BY_NAME.keys()
