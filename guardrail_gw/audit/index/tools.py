"""Which tools a request offered, read from the text that its record keeps, or called. Pure.

The text is what left, so a name that redaction replaced is a placeholder here, too.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

_MOST = 256
_LONGEST = 256


def tool_names(body: bytes) -> tuple[str, ...]:
    """The names of the tools in a request of any dialect, sorted; none where there are none."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ()
    if not isinstance(said, Mapping):
        return ()
    config = said.get("toolConfig")
    offered = (said.get("tools"), config.get("tools") if isinstance(config, Mapping) else None)
    found = {name for tools in offered if isinstance(tools, list) for name in _names(tools)}
    return tuple(sorted(name for name in found if 0 < len(name) <= _LONGEST)[:_MOST])


def called_names(said: Mapping[str, Any]) -> tuple[str, ...]:
    """The tool that a request to an MCP server calls, by its name and as `server/name`."""
    tool = said.get("tool")
    if not isinstance(tool, Mapping):
        return ()
    server, name = tool.get("server"), tool.get("name")
    if not isinstance(name, str) or not isinstance(server, str) or not name:
        return ()
    return tuple(each for each in (name, f"{server}/{name}") if len(each) <= _LONGEST)


def _names(tools: list[Any]) -> Iterator[str]:
    """Each tool's own name, or those of what it declares."""
    for tool in tools:
        if not isinstance(tool, Mapping):
            continue
        for part in (tool, tool.get("function"), tool.get("toolSpec")):
            if isinstance(part, Mapping) and isinstance(name := part.get("name"), str):
                yield name
        declared = tool.get("functionDeclarations") or tool.get("function_declarations")
        if isinstance(declared, list):
            yield from _names(declared)
