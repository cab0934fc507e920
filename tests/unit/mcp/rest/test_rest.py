"""HTTP APIs as MCP servers: a real API over a real socket."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given, strategies as st

from guardrail_gw.errors import ConfigError
from guardrail_gw.mcp.ports import Ask, Era, Message, Server
from guardrail_gw.mcp.rest.document import Document
from guardrail_gw.mcp.rest.operations import operations
from guardrail_gw.mcp.rest.request import UnsendableError, made
from guardrail_gw.mcp.servers.arranged import Surroundings, arranged_servers
from guardrail_gw.mcp_errors import ResultTooLarge, ServerFailed
from guardrail_gw.mcp_servers import McpConfig
from guardrail_gw.routing.breaker import Breaker
from guardrail_gw.upstreams.servers import ServerHttp
from tests.support.mcp_connected import CLOCK, ask, call_tool, peer, started

pytestmark = pytest.mark.allow_blocking

ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "2"},
    "servers": [{"url": "https://elsewhere.example.org"}],
    "paths": {
        "/pets/{id}": {
            "parameters": [ID],
            "get": {
                "operationId": "findPet",
                "summary": "Find a pet",
                "parameters": [
                    {"name": "tag", "in": "query", "schema": {"type": "array"}},
                    {"name": "page", "in": "query", "style": "deepObject", "schema": {}},
                    {"name": "X-Trace", "in": "header", "schema": {"type": "string"}},
                    {"name": "Authorization", "in": "header", "schema": {"type": "string"}},
                ],
            },
            "delete": {"operationId": "deletePet"},
        },
        "/pets": {
            "post": {
                "operationId": "addPet",
                "description": "Adds a pet",
                "requestBody": {"$ref": "#/components/requestBodies/Pet"},
            }
        },
    },
    "components": {
        "requestBodies": {
            "Pet": {
                "required": True,
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
            }
        },
        "schemas": {
            "Pet": {
                "type": "object",
                "example": {"name": "Jane's cat"},
                "properties": {
                    "name": {"type": "string"},
                    "owner": {"$ref": "#/components/schemas/Owner"},
                    "example": {"type": "string"},
                },
                "required": ["name"],
            },
            "Owner": {
                "type": "object",
                "properties": {"pet": {"$ref": "#/components/schemas/Pet"}},
            },
        },
    },
}
ALL = ("findPet", "deletePet", "addPet")


def written(folder: Path, document: dict[str, Any]) -> Path:
    """The document as a file."""
    path = folder / "api.json"
    path.write_text(json.dumps(document))
    return path


ODD = {
    "missing": lambda: web.json_response({"reason": "no such pet"}, status=404),
    "down": lambda: web.Response(status=503, text="down"),
    "large": lambda: web.Response(body=b"x" * (2 << 20), content_type="text/plain"),
    "list": lambda: web.json_response([1, 2]),
    "picture": lambda: web.Response(body=b"\x89PNG", content_type="image/png"),
    "broken": lambda: web.Response(body=b"{", content_type="application/json"),
}


async def _echo(request: web.Request) -> web.Response:
    """Says what it was asked; what it is asked for by a header, it does."""
    wanted = request.headers.get("X-Trace", "")
    if wanted == "moved":
        raise web.HTTPFound("https://elsewhere.example.org/")
    if wanted in ODD:
        return ODD[wanted]()
    return web.json_response(
        {
            "method": request.method,
            "path": request.raw_path,
            "body": await request.text(),
            "authorization": request.headers.get("Authorization"),
            "big": 12345678901234567890123,
        }
    )


@asynccontextmanager
async def api(folder: Path, **more: Any) -> AsyncIterator[Server]:
    """The server that this API is."""
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", _echo)
    async with TestServer(app) as listening:
        server = {
            "id": "pets",
            "url": str(listening.make_url("/v1/")).rstrip("/"),
            "headers": {"Authorization": "Bearer abc"},
            "openapi": {"document": "api.json", "operations": list(ALL)},
            **more,
        }
        written(folder, DOCUMENT)
        config = McpConfig.model_validate_json(json.dumps({"servers": [server]}))
        around = Surroundings(
            clock=CLOCK,
            secret=bytes(32),
            breaker=Breaker,
            resolve=lambda name: folder / name,
            connect=ServerHttp,
        )
        async with started(arranged_servers(config, around)["pets"]) as it:
            yield it


def structure(said: list[Message]) -> Any:
    """What a tool said."""
    return said[-1]["result"]["structuredContent"]


@pytest.mark.parametrize("era", [Era.MODERN, Era.LEGACY])
async def test_operations_that_are_allowed_are_tools(tmp_path: Path, era: Era) -> None:
    """They have the arguments, and the hints, that the document gives them; there are no others."""
    listed = Ask(peer=peer(era), method="tools/list", params={})

    async with api(tmp_path, openapi={"document": "api.json", "operations": ["findPet"]}) as it:
        (tool,) = (await ask(it, listed))[-1]["result"]["tools"]
        unknown = await call_tool(it, peer(era), "deletePet", {"id": "7"})

    assert (tool["name"], tool["title"]) == ("findPet", "Find a pet")
    assert tool["annotations"]["readOnlyHint"]
    assert list(tool["inputSchema"]["properties"]) == ["id", "tag", "page", "X-Trace"]
    assert tool["inputSchema"]["required"] == ["id"]
    assert unknown[-1]["error"]["code"] == -32602


async def test_arguments_are_sent_where_they_belong(tmp_path: Path) -> None:
    """In the path and the query, encoded, to the configured address, as the gateway."""
    arguments = {"id": "a/b?c#d é", "tag": ["x&y", 1, True], "page": {"size[]": 5}}

    async with api(tmp_path) as it:
        said = structure(await call_tool(it, peer(), "findPet", arguments))

    assert said["path"] == (
        "/v1/pets/a%2Fb%3Fc%23d%20%C3%A9?tag=x%26y&tag=1&tag=true&page%5Bsize%5B%5D%5D=5"
    )
    assert (said["method"], said["authorization"]) == ("GET", "Bearer abc")


async def test_a_body_is_sent_as_json(tmp_path: Path) -> None:
    """It is one argument, with the schema that the document gives it."""
    async with api(tmp_path) as it:
        said = structure(await call_tool(it, peer(), "addPet", {"body": {"name": "Tom"}}))

    assert (said["method"], said["path"], said["body"]) == ("POST", "/v1/pets", '{"name":"Tom"}')


@pytest.mark.mcp_row(6)
async def test_what_the_schema_does_not_ask_for_is_not_sent(tmp_path: Path) -> None:
    """The error names the argument, and never what it was."""
    wrong: list[dict[str, Any]] = [
        {"body": {"owner": {}}},
        {"body": {"name": 7}},
        {},
        {"body": {"name": "x"}, "y": 1},
    ]

    async with api(tmp_path) as it:
        said = [await call_tool(it, peer(), "addPet", each) for each in wrong]

    assert [each[-1]["error"]["code"] for each in said] == [-32602] * 4
    assert "7" not in said[1][-1]["error"]["message"]


@pytest.mark.mcp_row(6)
@pytest.mark.parametrize("id_", ["..", ".", "", "a/../b", "..\\x", "a\nb", "a\0b"])
async def test_nothing_leads_to_another_path(tmp_path: Path, id_: str) -> None:
    """A value that a server might take for more than one segment is not sent."""
    async with api(tmp_path) as it:
        said = await call_tool(it, peer(), "findPet", {"id": id_})

    assert said[-1]["error"]["code"] == -32602


@pytest.mark.parametrize("value", ["x\r\nEvil: 1", "é", " x", ""])
async def test_nothing_is_more_than_a_header(tmp_path: Path, value: str) -> None:
    """A value that a header cannot carry is not sent."""
    async with api(tmp_path) as it:
        said = await call_tool(it, peer(), "findPet", {"id": "1", "X-Trace": value})

    assert said[-1]["error"]["code"] == -32602


@pytest.mark.parametrize(
    ("wanted", "text", "is_error"),
    [
        ("missing", "The API answered with status 404.", True),
        ("moved", "The API answered with status 302.", True),
        ("down", "The API answered with status 503.", True),
        ("broken", "The answer is no JSON, though it says so.", True),
        ("list", "[1,2]", False),
    ],
)
async def test_an_answer_is_a_result(
    tmp_path: Path, wanted: str, text: str, *, is_error: bool
) -> None:
    """Also one that is no success, as an error of the tool; a redirect is not followed."""
    async with api(tmp_path) as it:
        said = await call_tool(it, peer(), "findPet", {"id": "1", "X-Trace": wanted})

    result = said[-1]["result"]
    assert (result["content"][0]["text"], result["isError"]) == (text, is_error)


async def test_structure_and_text_say_the_same(tmp_path: Path) -> None:
    """Numbers are what they were, however long; what is no object is in one."""
    async with api(tmp_path) as it:
        said = await call_tool(it, peer(), "findPet", {"id": "1"})
        listed = await call_tool(it, peer(), "findPet", {"id": "1", "X-Trace": "list"})

    result = said[-1]["result"]
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    assert result["structuredContent"]["big"] == 12345678901234567890123
    assert structure(listed) == {"result": [1, 2]}


async def test_a_picture_is_a_picture(tmp_path: Path) -> None:
    """Content that is no text is passed on as what it is."""
    async with api(tmp_path) as it:
        said = await call_tool(it, peer(), "findPet", {"id": "1", "X-Trace": "picture"})

    (block,) = said[-1]["result"]["content"]
    assert (block["type"], block["mimeType"], block["data"]) == ("image", "image/png", "iVBORw==")


async def test_an_answer_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    """No more is read than is let through."""
    async with api(tmp_path, max_result_bytes=1 << 20) as it:
        with pytest.raises(ResultTooLarge):
            await call_tool(it, peer(), "findPet", {"id": "1", "X-Trace": "large"})


async def test_an_api_that_is_not_there_fails(tmp_path: Path) -> None:
    """Nobody listens at its address."""
    async with api(tmp_path, url="http://127.0.0.1:1") as it:
        with pytest.raises(ServerFailed, match="no connection to pets"):
            await call_tool(it, peer(), "findPet", {"id": "1"})


async def test_it_has_nothing_but_tools(tmp_path: Path) -> None:
    """Any other method is one that it does not know."""
    async with api(tmp_path) as it:
        found = await it.described(peer())
        said = await ask(it, Ask(peer=peer(), method="resources/list", params={}))

    assert (found.capabilities, found.info["name"]) == ({"tools": {}}, "Pets")
    assert said[-1]["error"]["code"] == -32601


def test_schemas_are_whole(tmp_path: Path) -> None:
    """What they refer to, also in circles, goes with them; samples of data do not."""
    document = Document.read(written(tmp_path, DOCUMENT))

    (add,) = operations(document, ["addPet"], frozenset())

    schema = add.schema
    assert schema["properties"]["body"]["$ref"] == "#/$defs/Pet"
    assert set(schema["$defs"]) == {"Pet", "Owner"}
    assert "example" not in schema["$defs"]["Pet"]
    assert "example" in schema["$defs"]["Pet"]["properties"]


def _with(path: str, operation: dict[str, Any]) -> dict[str, Any]:
    return {"openapi": "3.1.0", "paths": {path: {"get": {"operationId": "x", **operation}}}}


def _taking(**parameter: Any) -> dict[str, Any]:
    return {"parameters": [{"name": "a", "in": "query", "schema": {}, **parameter}]}


@pytest.mark.parametrize(
    ("document", "match"),
    [
        ({"openapi": "3.0.3"}, "only documents of OpenAPI 3.1"),
        ({"openapi": "3.1.0", "paths": {"/": {"get": {"operationId": "X"}}}}, "did you mean 'X'"),
        (_with("/{b}", {}), "do not name the same variables"),
        (_with("/?q=1", {}), "its path is none"),
        (_with("/", _taking(**{"in": "cookie"})), "in 'cookie', which is not supported"),
        (_with("/", _taking(style="spaceDelimited")), "a style that is not supported"),
        (_with("/", _taking(**{"in": "header", "name": "Host"})), "the gateway itself writes"),
        (_with("/", _taking(**{"in": "header", "name": "X-Key"})), "the gateway itself writes"),
        (_with("/", _taking(schema={"$ref": "https://x.example.org/s"})), "out of the document"),
        (_with("/", _taking(schema={"$ref": "#/components/schemas/N"})), "leads nowhere"),
        (_with("/", _taking(schema={"$dynamicRef": "#x"})), "is not supported"),
        (_with("/", {"requestBody": {"content": {"text/xml": {}}}}), "no form of application/json"),
        (_with("/", {"parameters": [{"$ref": "#/paths"}]}), "which is not supported"),
    ],
)
def test_what_cannot_be_a_tool_is_an_error_at_the_start(
    document: dict[str, Any], match: str, tmp_path: Path
) -> None:
    """It says what is wrong, and where."""
    with pytest.raises(ConfigError, match=match):
        operations(Document.read(written(tmp_path, document)), ["x"], frozenset({"x-key"}))


@given(id_=st.text(min_size=1), tag=st.lists(st.text()))
def test_whatever_is_sent_comes_back_as_it_was(id_: str, tag: list[str]) -> None:
    """A path has one more segment for any value, which is the value; so has a query."""
    document = Document(Path("api.json"), DOCUMENT)
    (find,) = operations(document, ["findPet"], frozenset())

    try:
        target = made(find, {"id": id_, "tag": tag}).target
    except UnsendableError:
        return
    path, _, query = target.partition("?")

    assert target.isascii()
    assert [unquote(each) for each in path.split("/")] == ["", "pets", id_]
    assert [unquote(each) for each in query.split("&") if each] == [f"tag={each}" for each in tag]
