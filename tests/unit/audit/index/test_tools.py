"""Which tools a request offered."""

import json
from typing import Any

import pytest

from guardrail_gw.audit.index.tools import tool_names


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"tools": [{"type": "function", "function": {"name": "b"}}, {"name": "a"}]}, ("a", "b")),
        ({"tools": [{"functionDeclarations": [{"name": "a"}, {"name": "b"}]}]}, ("a", "b")),
        ({"toolConfig": {"tools": [{"toolSpec": {"name": "a"}}]}}, ("a",)),
        ({"tools": [{"type": "mcp", "name": "a"}, "odd", None, {"name": 1}]}, ("a",)),
        ({"tools": {"name": "a"}}, ()),
        ({"messages": [{"name": "a"}]}, ()),
        ([], ()),
    ],
)
def test_each_dialect_names_its_tools(body: Any, names: tuple[str, ...]) -> None:
    """As chat, Messages, Responses, Gemini and Converse write them; anything else is no tool."""
    assert tool_names(json.dumps(body).encode()) == names


def test_what_is_no_json_offers_none() -> None:
    """It stops nothing."""
    assert tool_names(b"\xff") == ()
