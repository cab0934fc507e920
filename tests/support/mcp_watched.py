"""An MCP server of either era whose every byte is kept, for tests that look for what crossed."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from aiohttp import web
from aiohttp.test_utils import TestServer

Message = Mapping[str, Any]
T = TypeVar("T")
Script = Callable[[Message], Sequence[Message]]
ALL: Final[Message] = {
    "tools": {"listChanged": True},
    "prompts": {"listChanged": True},
    "resources": {"subscribe": True, "listChanged": True},
    "completions": {},
    "logging": {},
}
TOOLS: Final[Sequence[Message]] = (
    {
        "name": "do",
        "description": "Does it.",
        "inputSchema": {
            "type": "object",
            "properties": {"who": {"type": "string", "x-mcp-header": "Who"}},
        },
    },
)
DONE: Final[Message] = {"result": {"content": [{"type": "text", "text": "done"}]}}
_LISTS: Final[Mapping[str, Message]] = {
    "tools/list": {"tools": TOOLS},
    "prompts/list": {"prompts": [{"name": "p"}]},
    "resources/list": {"resources": []},
    "resources/templates/list": {"resourceTemplates": []},
}


def done(_: Message) -> Sequence[Message]:
    """Whatever was asked is done."""
    return (DONE,)


def _is_set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass(slots=True, kw_only=True)
class Watched:
    """One server: what it says, and what reached it."""

    eras: frozenset[str] = frozenset({"modern", "legacy"})
    script: Script = done
    """The messages of an answer, by the request; the last one has no method."""
    lists: Mapping[str, Message] = field(default_factory=lambda: dict(_LISTS))
    itself: Message = field(default_factory=dict)
    """Members of what it says of itself."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of its answers."""
    raw: bytes = b""
    """What it says instead of an answer to `tools/call`."""
    status: int = 200
    may_list: asyncio.Event = field(default_factory=_is_set)
    """While it is cleared, lists are not answered."""
    unasked: list[Message] = field(default_factory=list)
    """What it has said to whoever listened."""
    more: asyncio.Condition = field(default_factory=asyncio.Condition)
    seen: list[bytes] = field(default_factory=list)
    """Head and body of each request."""
    asked: dict[str, asyncio.Event] = field(default_factory=dict)
    """Questions that it asked -> whether they are answered."""
    sessions: int = 0
    forgotten: set[str] = field(default_factory=set)
    """Sessions that it does not know any more."""

    @property
    def heard(self) -> bytes:
        """All that reached it."""
        return b"\n".join(self.seen)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a request, having kept it."""
        body = await request.read()
        head = "".join(f"{n}: {v}\n" for n, v in request.headers.items())
        line = f"{request.method} {request.raw_path}\n{head}\n"
        self.seen.append(line.encode("utf-8", "surrogateescape") + body)
        if request.method == "GET" and "legacy" in self.eras:
            return await self._streamed(request, {})
        if request.method != "POST":
            return web.Response(status=405)
        if request.headers.get("Mcp-Session-Id") in self.forgotten:
            return web.Response(status=404)
        message = json.loads(body)
        if "method" not in message:
            self.asked[message["id"]].set()
            return web.Response(status=202)
        return await self._said(request, message)

    async def tell_until(self, message: Message, heard: Awaitable[T]) -> T:
        """Say it again and again: who has just asked to be told is told a little later."""

        async def telling() -> None:
            while True:
                await self.tell(message)
                await asyncio.sleep(0.1)

        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(telling())
            found = await heard
            task.cancel()
        return found

    async def _said(self, request: web.Request, message: Message) -> web.StreamResponse:
        method = message["method"]
        if "id" not in message:
            return web.Response(status=202)
        if method in ("server/discover", "initialize"):
            return self._introduced(message)
        if method == "subscriptions/listen":
            return await self._streamed(request, message)
        if self.raw and method == "tools/call":
            return web.Response(status=self.status, body=self.raw, headers=self.headers)
        await self.may_list.wait() if method in self.lists else None
        # levels are the gateway's own, said before a call: no part of a script
        listed = {} if method == "logging/setLevel" else self.lists.get(method)
        messages = [{"result": listed}] if listed is not None else [*self.script(message)]
        if len(messages) == 1:
            return web.json_response(_response(message, messages[0]), headers=self.headers)
        return await self._stream(request, message, messages)

    async def _stream(
        self, request: web.Request, message: Message, messages: Sequence[Message]
    ) -> web.StreamResponse:
        """Notifications and questions, each of which waits for its answer, before the response."""
        stream = await _begun(request, self.headers)
        token = message.get("params", {}).get("_meta", {}).get("progressToken")
        for each in messages[:-1]:
            params = each.get("params", {})
            if each["method"] == "notifications/progress":
                params = {**params, "progressToken": token}
            own = {"id": f"asked-{len(self.asked)}"} if "id" in each else {}
            if own:
                self.asked[own["id"]] = asyncio.Event()
            await _event(stream, {**each, **own, "params": params})
            if own:
                await self.asked[own["id"]].wait()
        await _event(stream, _response(message, messages[-1]))
        return stream

    async def _streamed(self, request: web.Request, message: Message) -> web.StreamResponse:
        """Whatever is said unasked, until nobody listens."""
        stream = await _begun(request, self.headers)
        own = {"io.modelcontextprotocol/subscriptionId": message.get("id")} if message else {}
        if message:
            wanted = message["params"]["notifications"]
            said = {"notifications": wanted, "_meta": own}
            method = "notifications/subscriptions/acknowledged"
            await _event(stream, {"method": method, "params": said})
        for at in itertools.count(len(self.unasked)):
            async with self.more:
                while len(self.unasked) <= at:
                    await self.more.wait()
            each = self.unasked[at]
            await _event(stream, {**each, "params": {**each.get("params", {}), "_meta": own}})
        return stream

    async def tell(self, message: Message) -> None:
        """Say something to whoever listens."""
        async with self.more:
            self.unasked.append(message)
            self.more.notify_all()

    def _introduced(self, message: Message) -> web.Response:
        own = dict(self.itself)
        is_modern = message["method"] == "server/discover"
        if ("modern" if is_modern else "legacy") not in self.eras:
            error = {"code": -32601, "message": "no"}
            told = {"jsonrpc": "2.0", "id": message["id"], "error": error}
            return web.json_response(told, status=400)
        own.setdefault("capabilities", ALL)
        info = own.pop("info", {"name": "watched", "version": "1"})
        if is_modern:
            meta = {"io.modelcontextprotocol/serverInfo": info}
            told = {"supportedVersions": ["2026-07-28"], "_meta": meta, **own}
            return web.json_response(_response(message, {"result": told}), headers=self.headers)
        self.sessions += 1
        told = {"protocolVersion": "2025-11-25", "serverInfo": info, **own}
        session = {"Mcp-Session-Id": f"session-{self.sessions}", **self.headers}
        return web.json_response(_response(message, {"result": told}), headers=session)


def _response(asked: Message, told: Message) -> Message:
    """A response, with what the modern era asks of every result."""
    result = told.get("result")
    if result is not None:
        own = {"resultType": "complete", "ttlMs": 0, "cacheScope": "private"}
        told = {"result": {**own, **result}}
    return {"jsonrpc": "2.0", "id": asked["id"], **told}


async def _begun(request: web.Request, headers: Mapping[str, str]) -> web.StreamResponse:
    stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", **headers})
    await stream.prepare(request)
    return stream


async def _event(stream: web.StreamResponse, message: Message) -> None:
    data = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False)
    await stream.write(f"event: message\ndata: {data}\n\n".encode())


@asynccontextmanager
async def watched(server: Watched) -> AsyncIterator[str]:
    """Its address, while it listens."""
    app = web.Application(client_max_size=64 << 20)
    app.router.add_route("*", "/mcp", server.answer)
    async with TestServer(app, handler_cancellation=True) as running:
        yield str(running.make_url("/mcp"))
