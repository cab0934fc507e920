"""An MCP server over HTTP that does whatever a test wants it to do wrong."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

Handle = Callable[["Odd", web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]
DISCOVERED = {
    "resultType": "complete",
    "supportedVersions": ["2026-07-28"],
    "capabilities": {"tools": {}},
}
INITIALIZED = {
    "protocolVersion": "2025-11-25",
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "odd", "version": "1"},
}


@dataclass(slots=True)
class Odd:
    """One server; `handle` does what is odd about it."""

    handle: Handle
    is_modern: bool = True
    sessions: list[str] = field(default_factory=list)
    """Those that it knows, in the legacy era."""
    seen: list[dict[str, Any]] = field(default_factory=list)
    """What it was sent."""
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when somebody left before the answer."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a request."""
        if request.method != "POST":
            return web.Response(status=405)
        message = await request.json()
        self.seen.append(message)
        if message.get("method") == "server/discover":
            return self._discover(message)
        if message.get("method") == "initialize":
            return self._initialize(message)
        try:
            return await self.handle(self, request, message)
        except (asyncio.CancelledError, ConnectionError):
            self.left.set()
            raise

    def methods(self) -> list[str]:
        """What it was asked, in order."""
        return [each["method"] for each in self.seen]

    def _discover(self, message: dict[str, Any]) -> web.Response:
        if self.is_modern:
            return said(message, DISCOVERED)
        return web.json_response(status=400, data=refused(message, -32000))

    def _initialize(self, message: dict[str, Any]) -> web.Response:
        if self.is_modern:
            return web.json_response(status=400, data=refused(message, -32022))
        self.sessions.append(f"session-{len(self.sessions)}")
        return said(message, INITIALIZED, {"Mcp-Session-Id": self.sessions[-1]})


def said(
    message: dict[str, Any], result: dict[str, Any], headers: dict[str, str] | None = None
) -> web.Response:
    """A result."""
    answer = {"jsonrpc": "2.0", "id": message["id"], "result": result}
    return web.json_response(answer, headers=headers)


def text(word: str) -> dict[str, Any]:
    """The result of a tool."""
    return {"resultType": "complete", "content": [{"type": "text", "text": word}]}


def refused(message: dict[str, Any], code: int) -> dict[str, Any]:
    """An error."""
    return {"jsonrpc": "2.0", "id": message.get("id"), "error": {"code": code, "message": "no"}}


async def events(request: web.Request) -> web.StreamResponse:
    """A stream of events that has begun."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    return response


async def event(response: web.StreamResponse, message: dict[str, Any], more: str = "") -> None:
    """One event of it."""
    written = json.dumps({"jsonrpc": "2.0", **message})
    await response.write(f"{more}event: message\ndata: {written}\n\n".encode())


@asynccontextmanager
async def listening(server: Odd) -> AsyncIterator[str]:
    """Its address, while it listens."""
    app = web.Application(client_max_size=64 << 20)
    app.router.add_route("*", "/mcp", server.answer)
    async with TestServer(app, handler_cancellation=True) as test_server:
        yield str(test_server.make_url("/mcp"))


@asynccontextmanager
async def odd(handle: Handle, *, is_modern: bool = True) -> AsyncIterator[tuple[str, Odd]]:
    """The address of one, and itself."""
    server = Odd(handle, is_modern=is_modern)
    async with listening(server) as url:
        yield url, server
