"""Tools of a Responses request: what of them is structure, and who runs them.

Source: OpenAI API reference, "Create a model response", and the guides of each tool, as read in
2026; recorded traffic.
"""

import re
from typing import Any, Final

from guardrail_gw.core.body import Path
from guardrail_gw.core.exchange import Attachment
from guardrail_gw.core.feature import Feature
from guardrail_gw.dialects.ids import kept_file
from guardrail_gw.dialects.json_schema import schema
from guardrail_gw.dialects.walk import Shape, Walk, free, kept, many, name, number, one_of, record

_DATED = r"(?:_20[0-9]{2}_[01][0-9]_[0-3][0-9])?"
_OWN = re.compile("function|custom|local_shell|apply_patch|computer(?:_use(?:_preview)?)?")
"""Types of tools that the client itself runs."""
_WITHIN = re.compile("tool_search|namespace")
"""Of the request's own tools: a search among them, or a group of them; nothing is passed on."""
_SEARCH = re.compile(f"web_search(?:_preview)?{_DATED}")
_HOSTED = re.compile("file_search|code_interpreter|image_generation|mcp|programmatic_tool_calling")
_SHELL: Final = "shell"
"""Run by the client in an environment of its own, else by the provider."""
_KNOWN = (_OWN, _WITHIN, _SEARCH, _HOSTED, re.compile(_SHELL))


def hosted(value: Any) -> Feature | None:  # noqa: ANN401 - JSON
    """What a tool asks of the provider besides calling it; None when the client runs it."""
    kind = value.get("type") if type(value) is dict else None
    if type(kind) is not str:
        return Feature.HOSTED_TOOLS
    if _OWN.fullmatch(kind) or _WITHIN.fullmatch(kind) or (kind == _SHELL and _is_local(value)):
        return None
    return Feature.WEB_SEARCH if _SEARCH.fullmatch(kind) else Feature.HOSTED_TOOLS


def tool(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """One tool: in `tools`, in a group, or added by an item."""
    feature = hosted(value)
    if feature is not None:
        walk.asked.setdefault(feature, place)
    if type(value) is dict and value.get("input_image_mask") is not None:
        walk.attachments.append(Attachment(media="image", place=place))
    listed_tool(walk, value, path, place)


def listed_tool(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """A tool that is only told of."""
    _TOOL(walk, value, path, place)


def tools(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """Tools of a group, or added by an item."""
    _TOOLS(walk, value, path, place)


def kind(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """The type of a tool."""
    if type(value) is not str or not any(known.fullmatch(value) for known in _KNOWN):
        free(walk, value, path, place)


def _is_local(shell: dict[str, Any]) -> bool:
    environment = shell.get("environment")
    return type(environment) is dict and environment.get("type") == "local"


def either(members: Shape, other: Shape) -> Shape:
    """An object, or something else in its place."""

    def shape(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
        inner = members if type(value) is dict else other
        inner(walk, value, path, place)

    return shape


_APPROVED = record({"tool_names": many(name), "read_only": free})

_TOOL = record(
    {
        "type": kind,
        "name": name,
        "description": free,
        "parameters": schema,
        "input_schema": schema,
        "output_schema": schema,
        "strict": free,
        "async": free,
        "defer_loading": free,
        "allowed_callers": many(one_of("direct", "programmatic")),
        "format": record(
            {
                "type": one_of("text", "grammar"),
                "syntax": one_of("lark", "regex"),
                "definition": free,
            }
        ),
        "tools": tools,
        "execution": one_of("server", "client"),
        "environment": either(
            record(
                {
                    "type": one_of("container_auto", "local", "container_reference"),
                    "file_ids": many(kept_file),
                }
            ),
            one_of("windows", "mac", "linux", "ubuntu", "browser"),
        ),
        "vector_store_ids": many(kept("vector store")),
        "search_context_size": one_of("low", "medium", "high"),
        "user_location": record({"type": one_of("approximate")}),
        "container": either(
            record(
                {
                    "type": one_of("auto"),
                    "memory_limit": one_of("1g", "4g", "16g", "64g"),
                    "file_ids": many(kept_file),
                }
            ),
            name,
        ),
        "input_image_mask": record({"file_id": kept_file, "image_url": free}),
        "server_label": name,
        "server_url": free,
        "server_description": free,
        "connector_id": name,
        "authorization": free,
        "headers": free,
        "allowed_tools": either(_APPROVED, many(name)),
        "require_approval": either(
            record({"always": _APPROVED, "never": _APPROVED}), one_of("always", "never")
        ),
        "output_format": one_of("png", "webp", "jpeg", "gif", "svg"),
        "quality": one_of("low", "medium", "high", "xhigh", "max", "auto"),
        "background": one_of("transparent", "opaque", "auto"),
        **dict.fromkeys(("display_width", "display_height", "max_num_results"), number),
        **dict.fromkeys(("output_compression", "partial_images"), number),
    }
)
_TOOLS = many(tool)
