"""Calls of a tool, in every way that clients make them, and the MCP server that answers."""

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
from aiohttp import web

from tests.mcp_proxies.load import META
from tests.mcp_proxies.upstream import VERSION as LEGACY, handler
from tests.soak.surfaces import Kind, Way

SERVER: Final = "desk"
_TOOL: Final = "echo"
_MODERN: Final = "2026-07-28"
_ACCEPT: Final = {"accept": "application/json, text/event-stream"}


class ToolServer:
    """A server of both eras on loopback, whose tool says what it was told; counts its calls."""

    def __init__(self) -> None:
        self.called = 0
        self.url = ""

    @asynccontextmanager
    async def served(self) -> AsyncIterator["ToolServer"]:
        """Serve until the block ends."""
        app = web.Application()
        app.router.add_post("/mcp", self._answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/mcp"
            yield self
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.called += (await request.json())["method"] == "tools/call"
        answer: web.Response = await handler(0.0)(request)
        return answer


def configuration(url: str) -> dict[str, Any]:
    """The lines of a gateway.yaml under `mcp`."""
    return {"servers": [{"id": SERVER, "url": url, "inference": ["DE"], "storage": ["DE"]}]}


async def began(client: aiohttp.ClientSession, base_url: str, key: str) -> str:
    """The id of a session of the legacy era, with its one server."""
    url, headers = f"{base_url}/mcp/{SERVER}", {"authorization": f"Bearer {key}", **_ACCEPT}
    hello = {
        "protocolVersion": LEGACY,
        "capabilities": {},
        "clientInfo": {"name": "soak", "version": "1"},
    }
    begin = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello}
    async with client.post(url, json=begin, headers=headers) as response:
        response.raise_for_status()
        session = response.headers["mcp-session-id"]
    done = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    headers |= {"mcp-session-id": session}
    async with client.post(url, json=done, headers=headers) as response:
        response.raise_for_status()
    return session


def kinds(session: str) -> tuple[Kind, ...]:
    """One server without a session, and within one; all servers at one endpoint."""
    joined = f"{SERVER}__{_TOOL}"
    return (
        _modern("tools of one server", f"/mcp/{SERVER}", _TOOL),
        _modern("tools of all servers", "/mcp", joined),
        Kind(
            name="tools within a session",
            path=f"/mcp/{SERVER}",
            way=Way.TOOLS,
            body=_call(_TOOL),
            more={**_ACCEPT, "mcp-protocol-version": LEGACY, "mcp-session-id": session},
        ),
    )


def _modern(name: str, path: str, tool: str) -> Kind:
    said = {"mcp-protocol-version": _MODERN, "mcp-method": "tools/call", "mcp-name": tool}
    return Kind(
        name=name, path=path, way=Way.TOOLS, body=_call(tool, _meta=META), more={**_ACCEPT, **said}
    )


def _call(tool: str, **more: Any) -> Callable[[str], dict[str, Any]]:
    numbers = itertools.count(1)

    def body(text: str) -> dict[str, Any]:
        params = {"name": tool, "arguments": {"text": text}, **more}
        return {"jsonrpc": "2.0", "id": next(numbers), "method": "tools/call", "params": params}

    return body
