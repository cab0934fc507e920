"""Headers that repeat what the body says."""

import pytest

from guardrail_gw.dialects.mcp import headers

SCHEMA = {
    "type": "object",
    "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "deep": {"properties": {"count": {"type": "integer", "x-mcp-header": "Count"}}},
    },
}


def test_what_leaves_is_written_from_the_body_that_leaves() -> None:
    """Method, name and marked arguments are repeated; text beyond ASCII is wrapped."""
    call = {"name": "søk", "arguments": {"region": "Köln", "deep": {"count": 3}}}

    written = headers.written("tools/call", call, "2026-07-28")
    arguments = headers.written_params(headers.params(SCHEMA), call["arguments"])  # type: ignore[arg-type] # a dict

    assert written == {
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tools/call",
        "Mcp-Name": "=?base64?c8O4aw==?=",
    }
    assert arguments == {"Mcp-Param-Region": "=?base64?S8O2bG4=?=", "Mcp-Param-Count": "3"}


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ([("Mcp-Param-Region", "eu"), ("mcp-param-count", "3.0")], None),
        ([("Mcp-Param-Region", "us"), ("Mcp-Param-Count", "3")], "Mcp-Param-Region"),
        ([("Mcp-Param-Region", "eu")], "Mcp-Param-Count"),
        ([("Mcp-Param-Region", "eu"), ("Mcp-Param-Region", "eu")], "Mcp-Param-Region"),
        ([("Mcp-Param-Region", "=?base64?!?=")], "Mcp-Param-Region"),
    ],
)
def test_a_header_that_contradicts_its_argument_is_named(
    said: list[tuple[str, str]], wrong: str | None
) -> None:
    """Absent, twice, wrongly wrapped and different are all wrong; 3.0 is 3."""
    arguments = {"region": "eu", "deep": {"count": 3}}

    found = headers.param_mismatch(sorted(headers.params(SCHEMA), key=_order), arguments, said)

    assert found == wrong


def test_a_header_for_an_argument_that_is_not_there_is_wrong() -> None:
    """Whoever routes by it would see what the body never said."""
    said = [("Mcp-Param-Region", "eu")]

    assert headers.param_mismatch(headers.params(SCHEMA), {}, said) == "Mcp-Param-Region"


def test_a_schema_at_fault_asks_for_no_headers() -> None:
    """Its clients drop the tool; nothing of it is repeated."""
    schema = {"items": {"type": "string", "x-mcp-header": "Region"}}

    assert headers.fault(schema) is not None
    assert headers.params(schema) == ()


def _order(param: headers.Param) -> int:
    return -len(param.header)
