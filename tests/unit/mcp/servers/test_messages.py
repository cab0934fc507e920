"""JSON-RPC messages."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.dialects.mcp.exact import written
from guardrail_gw.mcp.servers.messages import Kind, kind, read
from guardrail_gw.mcp_errors import ServerFailed

NUMBERS = st.integers(min_value=-(10**40), max_value=10**40)


@given(number=NUMBERS, text=st.text())
def test_what_is_written_is_read(number: int, text: str) -> None:
    """Numbers are what they were, however long."""
    message = {"jsonrpc": "2.0", "id": 1, "result": {"number": number, text: [text, None, 0.5]}}

    assert read("files", written(message)) == [message]


@pytest.mark.parametrize(
    ("message", "what"),
    [
        ({"id": 1, "method": "x"}, Kind.REQUEST),
        ({"id": "a", "method": "x", "params": {}}, Kind.REQUEST),
        ({"method": "x"}, Kind.NOTIFICATION),
        ({"id": 1, "result": {}}, Kind.RESPONSE),
        ({"id": None, "error": {"code": 1}}, Kind.RESPONSE),
        ({"id": 1, "method": "x", "params": []}, None),
        ({"id": 1, "result": {}, "error": {}}, None),
        ({"id": 1, "result": "text"}, None),
        ({"id": 1}, None),
    ],
)
def test_messages_are_told_apart(message: dict[str, Any], what: Kind | None) -> None:
    """By the members that they have; what has others is no message."""
    assert kind({"jsonrpc": "2.0", **message}) is what


@pytest.mark.parametrize("data", [b"", b"[", b"7", b"[" * 100_000, b'{"jsonrpc":"2.0"}', b"[[]]"])
def test_anything_else_is_an_error(data: bytes) -> None:
    """However deep or short it is."""
    with pytest.raises(ServerFailed):
        read("files", data)


@pytest.mark.parametrize(
    "value",
    [
        "[" * 900 + "]" * 900,
        '{"a":' * 200 + "1" + "}" * 200,
        "[12345678901234567890, NaN]",
        '[12345678901234567890, "\\ud800"]',
    ],
)
def test_what_nobody_could_pass_on_is_an_error(value: str) -> None:
    """It nests so deep that whoever looks through it falls, or is no JSON for the next reader."""
    message = f'{{"jsonrpc": "2.0", "id": 1, "result": {{"x": {value}}}}}'

    with pytest.raises(ServerFailed):
        read("one", message.encode())
