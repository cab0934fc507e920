"""MCP servers that answer at once, or after a while: what others stand in front of.

    python -m tests.mcp_proxies.upstream COUNT DELAY_S SLOW SLOW_DELAY_S

So many servers of both eras in one process, the last SLOW of which are slow. Prints their ports on
one line. Each has one tool, which says what it was told.
"""

import asyncio
import json
import sys
from typing import Any

import orjson
import uvloop
from aiohttp import web

VERSION = "2025-11-25"
TOOL = {
    "name": "echo",
    "description": "Says what it was told",
    "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}},
}
DISCOVERED = {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}}
INITIALIZED = {
    "protocolVersion": VERSION,
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "upstream", "version": "1"},
}
HINTS = {"ttlMs": 60_000, "cacheScope": "private"}


def handler(delay_s: float) -> Any:
    """What answers; calls of its tool take so long."""

    async def handle(request: web.Request) -> web.Response:
        message = orjson.loads(await request.read())
        if "id" not in message:
            return web.Response(status=202)
        method = message["method"]
        if method == "tools/call" and delay_s:
            await asyncio.sleep(delay_s)
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": _result(method, message)}
        return web.Response(body=orjson.dumps(answer), content_type="application/json")

    return handle


def _result(method: str, message: dict[str, Any]) -> dict[str, Any]:
    if method == "server/discover":
        return {"resultType": "complete", **DISCOVERED, **HINTS}
    if method == "initialize":
        return INITIALIZED
    if method == "tools/list":
        return {"resultType": "complete", "tools": [TOOL], **HINTS}
    text = json.dumps(message.get("params", {}).get("arguments", {}))
    return {"resultType": "complete", "content": [{"type": "text", "text": text}]}


async def main(count: int, delay_s: float, slow: int, slow_delay_s: float) -> None:
    """Serve until killed."""
    ports = []
    for number in range(count):
        app = web.Application()
        app.router.add_post("/mcp", handler(slow_delay_s if number >= count - slow else delay_s))
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        ports.append(runner.addresses[0][1])
    print(*ports, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
