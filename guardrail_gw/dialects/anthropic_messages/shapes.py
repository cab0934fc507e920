"""What of a Messages request is structure; everything else is scanned.

Source: Anthropic API reference, "Messages" and "Count tokens", as read in 2026; recorded traffic.
"""

from typing import Any

from guardrail_gw.core.body import Path
from guardrail_gw.dialects.anthropic_messages.blocks import content
from guardrail_gw.dialects.anthropic_messages.tools import CACHE_CONTROL, tool
from guardrail_gw.dialects.ids import issued_id
from guardrail_gw.dialects.json_schema import schema
from guardrail_gw.dialects.walk import Walk, free, many, name, number, one_of, record

_MESSAGE = record({"role": one_of("user", "assistant", "system"), "content": content})
_FORMAT = record({"type": one_of("json_schema"), "schema": schema})
_AMOUNT = record(
    {"type": one_of("input_tokens", "tool_uses", "thinking_turns", "tokens"), "value": number}
)


def _amount(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """So many of something, or all."""
    if value != "all":
        _AMOUNT(walk, value, path, place)


_CONTEXT_EDIT = record(
    {
        "type": one_of("clear_tool_uses_20250919", "clear_thinking_20251015", "compact_20260112"),
        "trigger": _AMOUNT,
        "keep": _amount,
        "clear_at_least": _AMOUNT,
        "exclude_tools": many(name),
        "clear_tool_inputs": free,
        "pause_after_compaction": free,
        "instructions": free,
    }
)
_SKILL = record({"type": one_of("anthropic", "custom"), "skill_id": name, "version": name})
_CONTAINER = record({"id": name, "skills": many(_SKILL)})


def _container(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """Named alone, or with what is to be in it."""
    shape = _CONTAINER if type(value) is dict else name
    shape(walk, value, path, place)


_MCP_SERVER = record(
    {
        "type": one_of("url"),
        "name": name,
        "url": free,
        "authorization_token": free,
        "tool_configuration": record({"enabled": free, "allowed_tools": many(name)}),
    }
)

REQUEST = {
    "messages": many(_MESSAGE),
    "system": content,
    "tools": many(tool),
    "tool_choice": record(
        {
            "type": one_of("auto", "any", "tool", "none"),
            "name": name,
            "disable_parallel_tool_use": free,
        }
    ),
    "thinking": record(
        {
            "type": one_of("enabled", "disabled", "adaptive", "between_tools"),
            "budget_tokens": number,
            "display": one_of("summarized", "omitted"),
        }
    ),
    "output_config": record(
        {
            "effort": one_of("low", "medium", "high", "xhigh", "max"),
            "format": _FORMAT,
            "task_budget": record({"type": one_of("tokens"), "total": number, "remaining": number}),
        }
    ),
    "output_format": _FORMAT,
    "cache_control": CACHE_CONTROL,
    "context_management": record({"edits": many(_CONTEXT_EDIT)}),
    "container": _container,
    "mcp_servers": many(_MCP_SERVER),
    "compaction": record({"type": one_of("summarize"), "instructions": free}),
    "diagnostics": record({"previous_message_id": issued_id}),
    "metadata": record({"user_id": free}),
    "stop_sequences": free,
    "service_tier": one_of("auto", "standard_only"),
    "speed": one_of("standard", "fast"),
    "inference_geo": one_of("us", "global"),
    "stream": free,
    **dict.fromkeys(("max_tokens", "temperature", "top_p", "top_k"), number),
}
"""Top-level members but for `model`, which the dialect reads itself."""

SHOWN = frozenset(REQUEST) | {
    *("role", "content", "type", "text", "thinking", "input", "name", "source", "data"),
    *("description", "input_schema", "signature"),
}
"""Names that may be shown in an error's pointer."""


def _model(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """The dialect reads it itself, and each deployment has its own."""


_REQUEST = record({**REQUEST, "model": _model})


def request(walk: Walk, body: dict[str, Any]) -> None:
    """Walk a whole request."""
    _REQUEST(walk, body, (), "")
