"""Servers over HTTP that refuse a request, or ask something where nobody can answer: sockets."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from guardrail_gw.mcp.ports import Era, Message
from guardrail_gw.mcp_errors import ServerRefused
from tests.support.mcp_connected import ASKABLE, call_tool, over_http, peer, said_text, started
from tests.support.mcp_odd import (
    INITIALIZED,
    Odd,
    event,
    events,
    listening,
    odd,
    refused,
    said,
    text,
)


@pytest.mark.parametrize("is_modern", [True, False])
@pytest.mark.parametrize(
    ("status", "kind", "body", "told"),
    [
        (403, "application/json", '{"message": "Forbidden for Jane Doe"}', "refuses the request"),
        (403, "application/json", '"no"', "refuses the request"),
        (403, "text/html", "<html>Jane Doe</html>", "refuses the gateway"),
        (401, "application/json", '{"error": "invalid_token"}', "refuses the gateway"),
    ],
)
async def test_who_refuses_is_well(
    status: int, kind: str, body: str, told: str, *, is_modern: bool
) -> None:
    """However often it says no, in whatever words: one caller must not cut off the others."""

    async def handle(_: Odd, __: web.Request, message: Message) -> web.StreamResponse:
        if "id" not in message:
            return web.Response(status=202)
        if message["method"] == "tools/call" and message["params"]["name"] == "forbidden":
            return web.Response(status=status, content_type=kind, text=body)
        return said(message, text("well") | {"tools": []})

    async with odd(handle, is_modern=is_modern) as (url, it), started(over_http(url)) as server:
        for _ in range(7):
            with pytest.raises(ServerRefused, match=told) as why:
                await call_tool(server, peer(), "forbidden")
            assert "Jane" not in str(why.value)
        after = await call_tool(server, peer(), "allowed")

    assert said_text(after) == "well"
    assert it.methods().count("server/discover") == 1, "what it speaks was forgotten"


async def test_who_lets_nobody_begin_is_well() -> None:
    """An origin or a credential that a server does not take: each is told so, and asks it."""

    class Closed(Odd):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            self.seen.append(await request.json())
            return web.json_response({"error": "forbidden origin"}, status=403)

    it = Closed(_unheard)
    async with listening(it) as url, started(over_http(url)) as server:
        for era in (*Era, *Era, *Era):
            with pytest.raises(ServerRefused, match="refuses the request"):
                await call_tool(server, peer(era), "any")
        for era in (*Era, *Era, *Era):
            with pytest.raises(ServerRefused, match="refuses the request"):
                await server.described(peer(era))

    assert len(it.seen) >= 12


async def _unheard(_: Odd, __: web.Request, ___: Message) -> web.StreamResponse:
    raise AssertionError("nobody gets so far")


@dataclass(slots=True)
class _Levelled(Odd):
    """Asks the client something when it is told a level, and waits for the answer."""

    replies: list[dict[str, Any]] = field(default_factory=list)
    replied: asyncio.Event = field(default_factory=asyncio.Event)
    asks: str = "elicitation/create"
    takes: bool = True

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.method == "POST":
            message = await request.json()
            if message.get("method") == "initialize":
                self.sessions.append("s")
                able = {**INITIALIZED, "capabilities": {"tools": {}, "logging": {}}}
                return said(message, able, {"Mcp-Session-Id": "s"})
        return await Odd.answer(self, request)


async def _ask_first(it: Odd, request: web.Request, message: Message) -> web.StreamResponse:
    assert isinstance(it, _Levelled)
    if message.get("id") == "theirs":
        it.replies.append(message)
        it.replied.set()
    if message.get("method") == "tools/call":
        return said(message, text("well"))
    if message.get("method") != "logging/setLevel":
        return web.Response(status=202)
    response = await events(request)
    await event(response, {"id": "theirs", "method": it.asks, "params": {"message": "Who?"}})
    await it.replied.wait()
    await event(response, {"id": message["id"], "result": {}} if it.takes else refused(message, 1))
    return response


@pytest.mark.parametrize("takes", [True, False])
async def test_who_asks_while_its_level_is_set_is_told_that_nobody_answers(*, takes: bool) -> None:
    """At once, by name; the call goes on, whether the server takes the level then or not."""
    it = _Levelled(_ask_first, is_modern=False, takes=takes)
    who = peer(Era.LEGACY, session="s-1", capabilities=ASKABLE, log_level="info")

    async with listening(it) as url, started(over_http(url)) as server:
        answer = await asyncio.wait_for(call_tool(server, who, "any"), 10)

    assert said_text(answer) == "well"
    (reply,) = it.replies
    assert reply["error"] == {"code": -32600, "message": "nobody can be asked in this request"}


async def test_who_looks_whether_somebody_is_there_is_answered() -> None:
    """A ping needs nobody."""
    it = _Levelled(_ask_first, is_modern=False, asks="ping")
    who = peer(Era.LEGACY, session="s-1", log_level="info")

    async with listening(it) as url, started(over_http(url)) as server:
        answer = await asyncio.wait_for(call_tool(server, who, "any"), 10)

    assert said_text(answer) == "well"
    assert it.replies == [{"jsonrpc": "2.0", "id": "theirs", "result": {}}]


@dataclass(slots=True)
class _Forbidding(_Levelled):
    """Forbids to set levels, so many times."""

    times: int = 1
    levels: list[str] = field(default_factory=list)


async def _forbid(it: Odd, _: web.Request, message: Message) -> web.StreamResponse:
    assert isinstance(it, _Forbidding)
    if message.get("method") == "logging/setLevel":
        it.levels.append(message["params"]["level"])
        if len(it.levels) <= it.times:
            return web.json_response({"error": "forbidden"}, status=403)
        return said(message, {})
    if message.get("method") == "tools/call":
        return said(message, text("well"))
    return web.Response(status=202)


async def test_a_level_that_was_forbidden_is_set_another_time() -> None:
    """The call goes on without it; once it is set, it is not set again."""
    it = _Forbidding(_forbid, is_modern=False)
    who = peer(Era.LEGACY, session="s-1", capabilities=ASKABLE, log_level="info")

    async with listening(it) as url, started(over_http(url)) as server:
        told = [said_text(await call_tool(server, who, "any")) for _ in range(3)]

    assert told == ["well"] * 3
    assert it.levels == ["info", "info"]
