"""Addresses that an operator writes for MCP servers."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from guardrail_gw.mcp_servers import KeysUrl, ServerUrl


@pytest.mark.parametrize(
    ("kind", "url", "is_one"),
    [
        (ServerUrl, "http://mcp.example.org/mcp", True),
        (ServerUrl, "https://user@mcp.example.org", False),
        (ServerUrl, "https://mcp.example.org/?a", False),
        (ServerUrl, "https://" + "a" * 492, True),
        (ServerUrl, "https://" + "a" * 493, False),
        (KeysUrl, "https://login.example.org/keys?x=1", True),
        (KeysUrl, "http://login.example.org/keys", False),
        (KeysUrl, "http://localhost:8080/keys", True),
        (KeysUrl, "http://127.0.0.1", True),
        (KeysUrl, "http://localhost.example.org/keys", False),
        (KeysUrl, "http://127.0.0.1.example.org/keys", False),
    ],
)
def test_addresses_are_held_to_their_form(kind: Any, url: str, is_one: object) -> None:
    """Keys come over TLS, or from this machine and none whose name only begins like it."""
    try:
        TypeAdapter(kind).validate_python(url, strict=True)
    except ValidationError:
        taken = False
    else:
        taken = True

    assert taken is is_one
