"""Connections to an MCP server are kept, and have no headers but those they are given."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from guardrail_gw.upstreams.servers import ServerHttp

pytestmark = pytest.mark.allow_blocking


async def _seen(request: web.Request) -> web.Response:
    """Who asks over which connection, and how."""
    peer = request.transport.get_extra_info("peername")[1] if request.transport else 0
    return web.json_response({"peer": peer, "method": request.method, **request.headers})


def listening() -> TestServer:
    """A server that says what it was sent."""
    app = web.Application()
    app.router.add_route("*", "/mcp", _seen)
    return TestServer(app)


async def _said(http: ServerHttp, method: str, headers: dict[str, str]) -> bytes:
    heard = await http.send(method, headers, b"{}")
    body = await heard.content.read()
    heard.close()
    assert heard.status == 200
    return body


async def test_a_connection_is_used_again() -> None:
    """Two requests, each with its own header beside the common one, go over one connection."""
    async with listening() as server:
        http = ServerHttp(str(server.make_url("/mcp")), {"POST": {"A": "b"}}, connect_s=5)

        first = await _said(http, "POST", {"Mcp-Name": "one"})
        second = await _said(http, "POST", {"Mcp-Name": "two"})

        await http.close()
    assert b'"A": "b"' in first
    assert first.replace(b"one", b"two") == second


async def test_what_was_not_read_ends_its_connection() -> None:
    """What is left of an answer is nobody's: the next request has another connection."""
    async with listening() as server:
        http = ServerHttp(str(server.make_url("/mcp")), {"GET": {}}, connect_s=5)
        heard = await http.send("GET", {}, b"")
        heard.close()

        said = await _said(http, "GET", {})

        await http.close()
    assert b'"method": "GET"' in said


@pytest.mark.parametrize("header", ["a\r\nB: c", "a\x00"])
async def test_a_header_that_is_two_lines_is_not_sent(header: str) -> None:
    """Neither one of every request nor one of a single one."""
    with pytest.raises(ValueError, match="control"):
        ServerHttp("http://127.0.0.1:9/", {"POST": {"A": header}}, connect_s=1)
    http = ServerHttp("http://127.0.0.1:9/", {"POST": {}}, connect_s=1)

    with pytest.raises(ValueError, match="not plain"):
        await http.send("POST", {"A": header}, b"")

    await http.close()


async def test_its_url_says_who_it_is() -> None:
    """The host is the address's, whatever else is sent."""
    async with listening() as server:
        url = server.make_url("/mcp")
        http = ServerHttp(str(url), {"POST": {}}, connect_s=5)

        said = await _said(http, "POST", {})

        await http.close()
    assert f'"Host": "{URL(str(url)).authority}"'.encode() in said
