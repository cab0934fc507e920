"""An MCP server to test against, of both eras, as a program: over loopback HTTP or over stdio.

    python -m tests.support.mcp_fixture --port 3913 [--speaks legacy|modern]
    python -m tests.support.mcp_fixture --stdio [--speaks legacy]

It has every tool, resource and prompt that the protocol's conformance suite asks for by name
(server scenarios of @modelcontextprotocol/conformance 0.2.0-alpha.12), and some of our own:
`echo`, `seen`, `remember`, `recall`, `slow` and `large`.
"""

from tests.support import quick_schemas  # noqa: F401 - first

# isort: split
import argparse
import asyncio
import contextlib
import os
import socket
import sys
import threading
import warnings
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import mcp_types as types
import uvicorn
from mcp.server.lowlevel.server import NotificationOptions, Server
from mcp.server.models import InitializationOptions
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.runner import serve_loop
from mcp.server.stdio import stdio_server
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp.shared.exceptions import MCPDeprecationWarning, MCPError
from pydantic import BaseModel
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.support.mcp_fixture_asking import ASKING
from tests.support.mcp_fixture_prompts import PROMPTS, get_prompt
from tests.support.mcp_fixture_resources import RESOURCES, TEMPLATES, read_resource
from tests.support.mcp_fixture_tools import TOOLS, Ctx, FixtureTool, Said
from tests.support.mcp_fixture_world import Kept, World

MODERN = "2026-07-28"
CACHED = frozenset(
    {
        "server/discover",
        "tools/list",
        "prompts/list",
        "resources/list",
        "resources/templates/list",
        "resources/read",
    }
)
Handler = Callable[[Ctx, Any], Awaitable[Said]]

ALL_CHANGES = NotificationOptions(prompts_changed=True, resources_changed=True, tools_changed=True)

warnings.simplefilter("ignore", MCPDeprecationWarning)


class Fixture(Server[Any]):
    """The server of the SDK, which says also to clients of the legacy era that lists change."""

    def create_initialization_options(
        self,
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
    ) -> InitializationOptions:
        """What `initialize` answers."""
        return super().create_initialization_options(
            notification_options or ALL_CHANGES,
            experimental_capabilities,
            extensions,
        )


def _complete(method: str, handler: Handler) -> Handler:
    """The handler, whose results also say what those of the modern era have to say."""

    async def handle(ctx: Ctx, params: Any) -> Said:
        said = await handler(ctx, params)
        if ctx.protocol_version != MODERN:
            return said
        hints = {"ttlMs": 0, "cacheScope": "private"} if method in CACHED else {}
        return {"resultType": "complete"} | hints | said

    return handle


def _add(server: Server[Any], method: str, params: type[BaseModel], handler: Handler) -> None:
    server.add_request_handler(method, params, _complete(method, handler))


def fixture(name: str = "fixture") -> Fixture:
    """The server with all that it has."""
    world = World(bus=InMemorySubscriptionBus())
    tools = {each.name: each for each in (*TOOLS, *ASKING)}
    server = Fixture(
        name,
        version="1.0.0",
        instructions="A server to test against; it does what the names of its tools say.",
        get_tool_input_schema=lambda asked: tools[asked].schema if asked in tools else None,
    )
    security = RequestStateSecurity.ephemeral()
    server.middleware.append(RequestStateBoundary(security, default_audience=name))
    _add_lists(server, tools)
    _add_requests(server, world, tools)
    _add_subscriptions(server, world)
    return server


def _add_lists(server: Server[Any], tools: Mapping[str, FixtureTool]) -> None:
    async def list_tools(_: Ctx, __: types.PaginatedRequestParams) -> Said:
        return {"tools": [each.wire() for each in tools.values()]}

    async def list_resources(_: Ctx, __: types.PaginatedRequestParams) -> Said:
        return {"resources": list(RESOURCES)}

    async def list_templates(_: Ctx, __: types.PaginatedRequestParams) -> Said:
        return {"resourceTemplates": list(TEMPLATES)}

    async def list_prompts(_: Ctx, __: types.PaginatedRequestParams) -> Said:
        return {"prompts": list(PROMPTS)}

    page = types.PaginatedRequestParams
    _add(server, "tools/list", page, list_tools)
    _add(server, "resources/list", page, list_resources)
    _add(server, "resources/templates/list", page, list_templates)
    _add(server, "prompts/list", page, list_prompts)


def _add_requests(server: Server[Any], world: World, tools: Mapping[str, FixtureTool]) -> None:
    async def call_tool(ctx: Ctx, params: types.CallToolRequestParams) -> Said:
        if params.name not in tools:
            raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {params.name}")
        return await tools[params.name].run(world, ctx, params)

    async def complete(_: Ctx, params: types.CompleteRequestParams) -> Said:
        words = ["paris", "park", "party", "berlin"]
        fit = [word for word in words if word.startswith(params.argument.value)]
        return {"completion": {"values": fit, "total": len(fit), "hasMore": False}}

    async def set_level(ctx: Ctx, params: types.SetLevelRequestParams) -> Said:
        world.levels[world.session(ctx)] = params.level
        return {}

    _add(server, "tools/call", types.CallToolRequestParams, call_tool)
    _add(server, "resources/read", types.ReadResourceRequestParams, read_resource)
    _add(server, "prompts/get", types.GetPromptRequestParams, get_prompt)
    _add(server, "completion/complete", types.CompleteRequestParams, complete)
    _add(server, "logging/setLevel", types.SetLevelRequestParams, set_level)


def _add_subscriptions(server: Server[Any], world: World) -> None:
    async def subscribe(ctx: Ctx, params: types.SubscribeRequestParams) -> Said:
        world.watched.setdefault(str(params.uri), {})[world.session(ctx)] = ctx.session
        return {}

    async def unsubscribe(ctx: Ctx, params: types.UnsubscribeRequestParams) -> Said:
        world.watched.get(str(params.uri), {}).pop(world.session(ctx), None)
        return {}

    _add(server, "resources/subscribe", types.SubscribeRequestParams, subscribe)
    _add(server, "resources/unsubscribe", types.UnsubscribeRequestParams, unsubscribe)
    server.add_request_handler(
        "subscriptions/listen", types.SubscriptionsListenRequestParams, ListenHandler(world.bus)
    )


class OneEra:
    """An HTTP server that knows nothing of the other era, in front of one that knows both."""

    def __init__(self, inner: ASGIApp, *, modern: bool) -> None:
        self._inner = inner
        self._modern = modern

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is of the other era as a server does that was written before or after it."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        headers = dict(scope["headers"])
        version = headers.get(b"mcp-protocol-version", b"").decode("latin-1")
        if (version == MODERN) is self._modern:
            await self._inner(scope, receive, send)
            return
        await _refuse(send, modern=self._modern)


async def _refuse(send: Send, *, modern: bool) -> None:
    body = (
        b'{"jsonrpc":"2.0","id":null,"error":{"code":-32022,"message":"Unsupported version",'
        b'"data":{"supported":["2026-07-28"],"requested":"unknown"}}}'
        if modern
        else b'{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"Bad Request"}}'
    )
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def http_app(server: Server[Any], speaks: str) -> ASGIApp:
    """The server over HTTP, under `/mcp`."""
    app: ASGIApp = server.streamable_http_app(event_store=Kept(), retry_interval=200)
    return app if speaks == "auto" else OneEra(app, modern=speaks == "modern")


async def _over_stdio(server: Server[Any], speaks: str) -> None:
    options = server.create_initialization_options()
    async with stdio_server() as (read, write):
        if speaks == "legacy":
            await serve_loop(server, read, write, lifespan_state={}, init_options=options)
        else:
            await server.run(read, write, options)


def _until_let_go() -> None:
    """End with whoever started this, however it ended."""
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    """Serve until the end of the input, or until a signal."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stdio", action="store_true")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--speaks", choices=("auto", "legacy", "modern"), default="auto")
    parser.add_argument("--name", default="fixture")
    parser.add_argument("--leashed", action="store_true", help="end with the standard input")
    asked = parser.parse_args()
    server = fixture(asked.name)
    if asked.stdio:
        asyncio.run(_over_stdio(server, asked.speaks))
        return
    if asked.leashed:
        threading.Thread(target=_until_let_go, daemon=True).start()
    listener = socket.create_server(("127.0.0.1", asked.port))
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(http_app(server, asked.speaks), log_level="error", access_log=False)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
