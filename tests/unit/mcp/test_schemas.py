"""What is replaced still fits the schema of where it stands, or nothing passes."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from guardrail_gw.dialects.mcp.schemas import broken
from guardrail_gw.mcp.ports import Ask, Message
from guardrail_gw.mcp_errors import SchemaBroken
from tests.support.audit_world import World
from tests.support.tool_world import Scripted, answers, echo, tool_world

CARD = 4111111111111111
VALUES = {
    "anna@schmidt.example": "EMAIL_ADDRESS",
    "https://anna.example/me": "URL",
    "AB-123456": "ID_CARD",
    "10.1.2.3": "IP_ADDRESS",
    "123e4567-e89b-12d3-a456-426614174000": "ID_NUMBER",
    str(CARD): "CREDIT_CARD",
    "red": "COLOUR",
    "1985-02-11": "DATE_TIME",
    "1985-02-11T08:30:06Z": "DATE_TIME",
}
FITTING: dict[str, tuple[dict[str, Any], Any]] = {
    "email": ({"type": "string", "format": "email", "pattern": "@"}, "anna@schmidt.example"),
    "pattern": ({"type": "string", "pattern": "^[A-Z]{2}-[0-9]{6}$"}, "AB-123456"),
    "short": ({"type": "string", "maxLength": 9}, "AB-123456"),
    "ipv4": ({"type": "string", "format": "ipv4"}, "10.1.2.3"),
    "uuid": (
        {"type": "string", "format": "uuid"},
        "123e4567-e89b-12d3-a456-426614174000",
    ),
    "uri": ({"type": "string", "format": "uri"}, "https://anna.example/me"),
    "date": ({"type": "string", "format": "date"}, "1985-02-11"),
    "date-time": ({"type": "string", "format": "date-time"}, "1985-02-11T08:30:06Z"),
    "number": ({"type": "integer"}, CARD),
    "either": ({"anyOf": [{"type": "string", "format": "email"}, {"type": "null"}]},
               "anna@schmidt.example"),
}  # fmt: skip


def schema(field: dict[str, Any]) -> dict[str, Any]:
    """Of an object with one member."""
    return {"type": "object", "properties": {"x": field}, "required": ["x"]}


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date", "2026-11-27", "27.11.2026"),
        ("time", "08:30:06Z", "8:30"),
        ("date-time", "2026-11-27T08:30:06Z", "2026-11-27"),
        ("email", "a@example.org", "a at example.org"),
        ("idn-email", "ä@example.org", "ä at example.org"),
        ("hostname", "example.org", "example_org"),
        ("idn-hostname", "bücher.example", "-.example"),
        ("ipv4", "10.1.2.3", "10.1.2"),
        ("ipv6", "::1", "10.1.2.3"),
        ("uri", "https://example.org/a", "PERSON_7K2QX9MD"),
        ("uri-reference", "/a/b", "a b"),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567"),
        ("regex", "[a-z]+", "["),
    ],
)
def test_formats_are_told_wherever_the_gateway_is_installed(name: str, good: str, bad: str) -> None:
    """What knows them is a dependency, and not what happens to be there in one environment."""
    asked = schema({"type": "string", "format": name})

    assert broken(asked, {"x": good}) == []
    assert broken(asked, {"x": bad}) == [("x",)]


def test_other_formats_hold_nobody_up() -> None:
    """Where this environment has a library for them, another has none."""
    assert broken(schema({"type": "string", "format": "iri"}), {"x": "no iri"}) == []
    assert broken(schema({"type": "string", "format": "color"}), {"x": "no color"}) == []


@pytest.mark.parametrize("name", FITTING)
async def test_arguments_are_what_the_tool_asks_for(
    tmp_path: Path, keyed: World, name: str
) -> None:
    """Something of the same kind leaves, and comes back as what was sent."""
    field, value = FITTING[name]
    server = Scripted("crm", echo)
    tools = {"do": {"inputSchema": schema(field)}}
    async with tool_world(tmp_path, keyed, [server], tools=tools, values=VALUES) as here:
        (told,) = await here.call("crm", {"x": value})

    left = server.asked[0].params["arguments"]
    validator = jsonschema.Draft202012Validator(
        schema(field), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    assert list(validator.iter_errors(left)) == []
    assert str(value) not in server.seen
    back = json.loads(told["result"]["content"][0]["text"])["arguments"]["x"]
    assert str(back) == str(value)


@pytest.mark.parametrize("name", FITTING)
async def test_structured_content_is_what_the_tool_promises(
    tmp_path: Path, keyed: World, name: str
) -> None:
    """A client that validates it finds nothing wrong, and does not read the value."""
    field, value = FITTING[name]
    result = {"content": [], "structuredContent": {"x": value}}
    tools = {"do": {"outputSchema": schema(field)}}
    server = Scripted("crm", answers(result))
    async with tool_world(tmp_path, keyed, [server], tools=tools, values=VALUES) as here:
        (told,) = await here.call("crm", {})

    shown = told["result"]["structuredContent"]
    jsonschema.Draft202012Validator(schema(field)).validate(shown)
    assert str(value) not in json.dumps(shown)


async def test_what_was_wrong_before_keeps_nothing_else_from_fitting(
    tmp_path: Path, keyed: World
) -> None:
    """A time without its zone is the server's affair; the address beside it is still an address."""
    fields = {"x": FITTING["email"][0], "at": {"type": "string", "format": "date-time"}}
    server = Scripted("crm", echo)
    tools = {"do": {"inputSchema": {"type": "object", "properties": fields}}}
    async with tool_world(tmp_path, keyed, [server], tools=tools, values=VALUES) as here:
        await here.call("crm", {"x": "anna@schmidt.example", "at": "08:30, local time"})

    left = server.asked[0].params["arguments"]
    assert left["at"] == "08:30, local time"
    assert left["x"].endswith("@example.com")


@pytest.mark.parametrize(
    "field",
    [
        {"enum": ["red", "blue"]},
        {"const": "red"},
        {"type": "string", "maxLength": 3, "pattern": "^red$"},
    ],
)
async def test_what_cannot_fit_is_refused(
    tmp_path: Path, keyed: World, field: dict[str, Any]
) -> None:
    """Nothing is sent, and nothing shown, that the schema does not allow."""
    tools = {"do": {"inputSchema": schema(field), "outputSchema": schema(field)}}
    server = Scripted("crm", answers({"content": [], "structuredContent": {"x": "red"}}))
    async with tool_world(tmp_path, keyed, [server], tools=tools, values=VALUES) as here:
        with pytest.raises(SchemaBroken, match="/arguments") as refused:
            await here.call("crm", {"x": "red"})
        with pytest.raises(SchemaBroken, match="/result/structuredContent"):
            await here.call("crm", {})

    assert "red" not in str(refused.value).replace("would be", "").replace("protected", "")
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "field",
    [
        {"type": "integer"},
        {"$ref": "https://example.com/schema"},
        {"type": "string", "pattern": "^(a+)+$"},
    ],
)
async def test_what_cannot_be_judged_is_the_servers_to_judge(
    tmp_path: Path, keyed: World, field: dict[str, Any]
) -> None:
    """Arguments that never were of the schema, schemas of elsewhere, patterns that never end."""
    server = Scripted("crm", echo)
    tools = {"do": {"inputSchema": schema(field)}}
    async with tool_world(tmp_path, keyed, [server], tools=tools, values=VALUES) as here:
        await here.call("crm", {"x": "anna@schmidt.example"})

    assert "schmidt" not in server.seen.lower()
    assert len(server.asked) == 1


async def test_a_number_that_stands_for_another_comes_back(tmp_path: Path, keyed: World) -> None:
    """Also as a number of structured content."""

    async def script(ask: Ask) -> AsyncIterator[Message]:
        yield {"result": {"content": [], "structuredContent": ask.params["arguments"]}}

    tools = {"do": {"inputSchema": schema({"type": "integer"})}}
    server = Scripted("crm", script)
    async with tool_world(tmp_path, keyed, [server], tools=tools, values=VALUES) as here:
        (told,) = await here.call("crm", {"x": CARD})

    assert server.asked[0].params["arguments"]["x"] != CARD
    assert told["result"]["structuredContent"] == {"x": CARD}
