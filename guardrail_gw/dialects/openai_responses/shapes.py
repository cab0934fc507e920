"""What of a Responses request is structure; everything else is scanned.

Source: OpenAI API reference, "Create a model response", as read in 2026; recorded traffic.
"""

from typing import Any, Final

from guardrail_gw.core.body import Path
from guardrail_gw.dialects.json_schema import schema
from guardrail_gw.dialects.openai_responses.features import KEPT_ID
from guardrail_gw.dialects.openai_responses.items import item
from guardrail_gw.dialects.openai_responses.tools import either, kind, tool
from guardrail_gw.dialects.walk import Walk, free, kept, many, name, number, one_of, record

_EFFORT = one_of("none", "minimal", "low", "medium", "high", "xhigh", "max")
_SUMMARY = one_of("auto", "concise", "detailed")
_TTL = one_of("30m", "12h")


_CHOSEN = {
    "name": name,
    "server_label": name,
    "mode": one_of("auto", "required"),
}


def _chosen_kind(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """The type of a tool, or of a choice among some."""
    if value != "allowed_tools":
        kind(walk, value, path, place)


_CHOICE = record(
    {**_CHOSEN, "type": _chosen_kind, "tools": many(record({**_CHOSEN, "type": kind}))}
)


def kept_name(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """A name of something that the provider keeps: nothing leaves unless it is one (ADR 30)."""
    if type(value) is str and KEPT_ID.fullmatch(value):
        walk.fixed.append((value, place))
    else:
        free(walk, value, path, place)


INCLUDABLE: Final = (
    *("file_search_call.results", "web_search_call.results", "web_search_call.action.sources"),
    *("message.input_image.image_url", "computer_call_output.output.image_url"),
    *("code_interpreter_call.outputs", "reasoning.encrypted_content"),
    *("message.output_text.logprobs",),
)
"""What an answer can have more."""
INCLUDED = one_of(*INCLUDABLE)
_FORMAT = record(
    {
        "type": one_of("text", "json_object", "json_schema"),
        "name": name,
        "description": free,
        "schema": schema,
        "strict": free,
    }
)

REQUEST = {
    "input": many(item),
    "instructions": free,
    "prompt": record({"id": kept("prompt"), "version": name, "variables": free}),
    "tools": many(tool),
    "tool_choice": either(_CHOICE, one_of("none", "auto", "required")),
    "text": record({"format": _FORMAT, "verbosity": one_of("low", "medium", "high")}),
    "reasoning": record(
        {
            "effort": _EFFORT,
            "summary": _SUMMARY,
            "generate_summary": _SUMMARY,
            "mode": one_of("standard", "pro"),
            "context": one_of("auto", "current_turn", "all_turns"),
        }
    ),
    "include": many(INCLUDED),
    "metadata": free,
    "user": free,
    "safety_identifier": free,
    "prompt_cache_key": free,
    "prompt_cache_retention": one_of("in-memory", "in_memory", "24h"),
    "prompt_cache_options": record({"mode": one_of("implicit", "explicit"), "ttl": _TTL}),
    "context_management": many(record({"type": one_of("compaction"), "compact_threshold": number})),
    "truncation": one_of("auto", "disabled"),
    "service_tier": one_of("auto", "default", "flex", "scale", "priority", "fast", "ultrafast"),
    "stream_options": record({"include_obfuscation": free}),
    "moderation": free,
    **dict.fromkeys(("max_output_tokens", "max_tool_calls", "top_logprobs"), number),
    **dict.fromkeys(("temperature", "top_p"), number),
    **dict.fromkeys(("stream", "store", "background", "parallel_tool_calls"), free),
    "previous_response_id": kept_name,
    "conversation": either(record({"id": kept_name}), kept_name),
}
"""Top-level members but for `model`, which the dialect reads itself."""

SHOWN = frozenset(REQUEST) | {
    *("role", "content", "type", "name", "arguments", "output", "summary", "encrypted_content"),
    *("description", "parameters", "format", "schema", "definition"),
}
"""Names that may be shown in an error's pointer."""


def _model(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """The dialect reads it itself, and each deployment has its own."""


_REQUEST = record({**REQUEST, "model": _model})


def request(walk: Walk, body: dict[str, Any]) -> None:
    """Walk a whole request."""
    _REQUEST(walk, body, (), "")
