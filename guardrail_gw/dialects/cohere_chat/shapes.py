"""What of a Cohere chat request is structure; everything else is scanned.

Source: Cohere API reference, "Chat" (v2); the SDK cohere 7.3.1 for Python, as read in 2026;
recorded traffic.
"""

from typing import Any, Final

from guardrail_gw.core.body import Path
from guardrail_gw.core.exchange import Attachment
from guardrail_gw.dialects.ids import issued_id
from guardrail_gw.dialects.json_schema import schema
from guardrail_gw.dialects.walk import Walk, free, many, name, number, one_of, record

_READABLE: Final = frozenset({"text", "thinking", "document"})
"""Types of parts that are text in the request itself."""

_DOCUMENT = record({"id": name, "data": free})
_PART = record(
    {
        "type": one_of("text", "thinking", "document", "image_url"),
        "text": free,
        "thinking": free,
        "document": _DOCUMENT,
        "image_url": record({"url": free, "detail": one_of("auto", "low", "high")}),
    }
)


def part(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """A part of a message's content; whatever is not text is an attachment as well."""
    if type(value) is dict and (media := _media(value)):
        walk.attachments.append(Attachment(media=media, place=place))
    _PART(walk, value, path, place)


def _media(value: dict[str, Any]) -> str:
    kind = value.get("type")
    if "image_url" in value or kind == "image_url":
        return "image"
    return "" if kind is None or (type(kind) is str and kind in _READABLE) else "file"


_CALL = record(
    {
        "id": issued_id,
        "type": one_of("function"),
        "function": record({"name": name, "arguments": free}),
    }
)
_SOURCE = record(
    {"type": one_of("tool", "document"), "id": issued_id, "tool_output": free, "document": free}
)
_CITATION = record(
    {
        "type": one_of("TEXT_CONTENT", "THINKING_CONTENT", "PLAN"),
        "text": free,
        "sources": many(_SOURCE),
        **dict.fromkeys(("start", "end", "content_index"), number),
    }
)
_MESSAGE = record(
    {
        "role": one_of("system", "user", "assistant", "tool"),
        "content": many(part),
        "tool_plan": free,
        "tool_calls": many(_CALL),
        "tool_call_id": issued_id,
        "citations": many(_CITATION),
    }
)
_TOOL = record(
    {
        "type": one_of("function"),
        "function": record({"name": name, "description": free, "parameters": schema}),
    }
)
_MODES: Final = ("ENABLED", "DISABLED", "FAST", "ACCURATE", "OFF")

REQUEST: Final = {
    "messages": many(_MESSAGE),
    "tools": many(_TOOL),
    "tool_choice": one_of("REQUIRED", "NONE"),
    "documents": many(_DOCUMENT),
    "citation_options": record({"mode": one_of(*_MODES, *map(str.lower, _MODES))}),
    "response_format": record(
        {"type": one_of("text", "json_object"), "json_schema": schema, "schema": schema}
    ),
    "safety_mode": one_of("CONTEXTUAL", "STRICT", "OFF"),
    "thinking": record({"type": one_of("enabled", "disabled"), "token_budget": number}),
    "stop_sequences": free,
    **dict.fromkeys(("max_tokens", "seed", "k", "p", "temperature", "priority"), number),
    **dict.fromkeys(("frequency_penalty", "presence_penalty"), number),
    **dict.fromkeys(("stream", "logprobs", "strict_tools", "raw_prompting"), free),
}
"""Top-level members but for `model`; others are free-form."""

SHOWN: Final = frozenset(REQUEST) | {
    *("role", "content", "type", "text", "thinking", "function", "arguments", "parameters"),
    *("name", "description", "document", "data", "image_url", "tool_calls", "tool_call_id"),
}
"""Names that may be shown in an error's pointer."""
