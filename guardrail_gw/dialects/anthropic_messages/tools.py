"""Tools of a Messages request: what of them is structure, and who runs them.

Source: Anthropic API reference, "Tool use" and the pages of each tool, as read in 2026; recorded
traffic.
"""

import re
from typing import Any, Final

from guardrail_gw.core.body import Path
from guardrail_gw.core.feature import Feature
from guardrail_gw.dialects.json_schema import schema
from guardrail_gw.dialects.walk import Shape, Walk, free, many, name, number, one_of, record

CACHE_CONTROL: Final = record({"type": one_of("ephemeral"), "ttl": one_of("5m", "1h")})

_DATED = r"(?:_20[0-9]{6})?"
_OWN = re.compile(
    rf"custom|(?:bash|text_editor|memory|computer|(?:browser|computer)_toolset){_DATED}"
)
"""Types of tools that the client itself runs."""
_WITHIN = re.compile(rf"tool_reference|tool_search_tool(?:_bm25|_regex)?{_DATED}")
"""Of the request's own tools: one by its name, or a search among them; nothing is passed on."""
_SEARCH = re.compile(rf"web_(?:search|fetch){_DATED}")
_HOSTED = re.compile(rf"(?:code_execution|advisor|mcp_toolset){_DATED}")
_KNOWN = (_OWN, _WITHIN, _SEARCH, _HOSTED)


def hosted(value: Any) -> Feature | None:  # noqa: ANN401 - JSON
    """What a tool asks of the provider besides calling it; None when the client runs it."""
    if type(value) is not dict:
        return Feature.HOSTED_TOOLS
    kind = value.get("type")
    if kind is None and "input_schema" in value:
        return None
    if type(kind) is not str:
        return Feature.HOSTED_TOOLS
    if _OWN.fullmatch(kind) or _WITHIN.fullmatch(kind):
        return None
    return Feature.WEB_SEARCH if _SEARCH.fullmatch(kind) else Feature.HOSTED_TOOLS


def tool(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """One tool, in `tools` or added by a message."""
    feature = hosted(value)
    if feature is not None:
        walk.asked.setdefault(feature, place)
    _TOOL(walk, value, path, place)


def _kind(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    if type(value) is not str or not any(known.fullmatch(value) for known in _KNOWN):
        free(walk, value, path, place)


_CALLER: Shape = _kind
"""Who may call it: `direct`, or a tool by its type."""
_CALLERS = many(
    lambda walk, value, path, place: (
        None if value == "direct" else _CALLER(walk, value, path, place)
    )
)
_SWITCHES = record({"enabled": free, "defer_loading": free})

_TOOL = record(
    {
        "type": _kind,
        "name": name,
        "description": free,
        "input_schema": schema,
        "strict": free,
        "cache_control": CACHE_CONTROL,
        "defer_loading": free,
        "eager_input_streaming": free,
        "allowed_callers": _CALLERS,
        "input_examples": free,
        "allowed_domains": many(free),
        "blocked_domains": many(free),
        "user_location": record({"type": one_of("approximate")}),
        "citations": record({"enabled": free}),
        "model": name,
        "mcp_server_name": name,
        "default_config": _SWITCHES,
        **dict.fromkeys(("max_uses", "max_content_tokens", "max_tokens"), number),
        **dict.fromkeys(("display_width_px", "display_height_px", "display_number"), number),
        "max_characters": number,
    }
)
