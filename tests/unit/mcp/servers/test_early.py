"""Calls that are worked out, sent and listened to one after another: real sockets."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from guardrail_gw.mcp.servers.call import Calling
from guardrail_gw.mcp.servers.server import ConnectedServer
from guardrail_gw.mcp_errors import ServerFailed
from tests.support.mcp_connected import call_tool, over_http, peer, said_text, started, tool_ask
from tests.support.mcp_odd import Odd, odd, said, text

Message = dict[str, Any]


async def _well(_: Odd, __: web.Request, message: Message) -> web.StreamResponse:
    return said(message, text("well"))


async def _known(server: ConnectedServer) -> Calling:
    """A call of a server that was called before, worked out."""
    await call_tool(server, peer(), "any")
    calling = server.call(tool_ask(peer(), "any"))
    calling.make()
    return calling


def _calls(seen: Odd) -> int:
    return seen.methods().count("tools/call")


async def _answer(calling: Calling) -> str:
    async with calling as call:
        return said_text([message async for message in call])


async def test_to_work_it_out_sends_nothing() -> None:
    """The server sees a call when it begins, before anybody listens; and sees it once."""
    second = asyncio.Event()

    async def noted(seen: Odd, _: web.Request, message: Message) -> web.StreamResponse:
        if _calls(seen) == 2:
            second.set()
        return said(message, text("well"))

    async with odd(noted) as (url, seen), started(over_http(url)) as server:
        calling = await _known(server)
        await asyncio.sleep(0.05)
        made = _calls(seen)
        await calling.begin()
        await asyncio.wait_for(second.wait(), 9)
        answer = await _answer(calling)

    assert (made, answer) == (1, "well")
    assert _calls(seen) == 2


async def test_the_first_call_finds_its_server_by_itself() -> None:
    """Nobody knows how it speaks, and there is no connection: all of it waits to be entered."""
    async with odd(_well) as (url, seen), started(over_http(url)) as server:
        calling = server.call(tool_ask(peer(), "any"))
        calling.make()
        await calling.begin()
        before = seen.methods()
        answer = await _answer(calling)

    assert (before, answer) == ([], "well")


async def test_what_is_abandoned_ends_at_the_server_and_gives_its_place_back() -> None:
    """The server sees that nobody waits, and no place is taken."""
    waits = asyncio.Event()

    async def slow(seen: Odd, _: web.Request, message: Message) -> web.StreamResponse:
        if message["method"] == "tools/call" and _calls(seen) == 2:
            waits.set()
            await asyncio.sleep(60)
        return said(message, text("well"))

    async with odd(slow) as (url, seen), started(over_http(url)) as server:
        calling = await _known(server)
        await calling.begin()
        during = server.busyness.calls
        await asyncio.wait_for(waits.wait(), 9)
        calling.abandon()
        await asyncio.wait_for(seen.left.wait(), 9)
        after = server.busyness.calls

    assert (during, after) == (1, 0)


async def test_what_nobody_began_is_sent_when_it_is_entered() -> None:
    """Once, and as it was worked out; so it is where rates are asked first."""
    async with odd(_well) as (url, seen), started(over_http(url)) as server:
        calling = await _known(server)
        answer = await _answer(calling)

    assert answer == "well"
    assert _calls(seen) == 2


async def test_a_way_that_is_doubted_meanwhile_is_not_taken() -> None:
    """The server is asked anew what it is; the call goes there once."""
    async with odd(_well) as (url, seen), started(over_http(url)) as server:
        calling = await _known(server)
        server._works.transport.doubt()  # noqa: SLF001 - as a failed call of somebody else does
        await calling.begin()
        answer = await _answer(calling)

    assert answer == "well"
    assert seen.methods().count("server/discover") == 2
    assert _calls(seen) == 2


async def test_a_server_that_hangs_up_on_it_has_failed() -> None:
    """Whoever waits is told, and the place is free again."""

    async def rude(seen: Odd, request: web.Request, message: Message) -> web.StreamResponse:
        if message["method"] == "tools/call" and _calls(seen) == 2:
            assert request.transport is not None
            request.transport.abort()
        return said(message, text("well"))

    async with odd(rude) as (url, _), started(over_http(url)) as server:
        calling = await _known(server)
        await calling.begin()
        with pytest.raises(ServerFailed):
            await _answer(calling)
        free = server.busyness.calls
        after = await call_tool(server, peer(), "any")

    assert free == 0
    assert said_text(after) == "well"


async def test_a_state_is_not_read_before_it_may_leave() -> None:
    """It may name a call that waits for its client, which would be taken from where it waits."""
    async with odd(_well) as (url, seen), started(over_http(url)) as server:
        await call_tool(server, peer(), "any")
        calling = server.call(tool_ask(peer(), "any", requestState="none of ours"))
        calling.make()
        await calling.begin()
        async with calling as call:
            said_last = [message async for message in call]

    assert "error" in said_last[-1]
    assert _calls(seen) == 1


async def test_calls_that_begin_together_are_told_apart() -> None:
    """Each has its own answer, on its own connection."""

    async def word(_: Odd, __: web.Request, message: Message) -> web.StreamResponse:
        return said(message, text(message["params"].get("arguments", {}).get("word", "")))

    async with odd(word) as (url, _), started(over_http(url)) as server:
        await call_tool(server, peer(), "any")
        callings = [server.call(tool_ask(peer(), "any", {"word": str(n)})) for n in range(4)]
        for calling in callings:
            calling.make()
        for calling in callings:
            await calling.begin()
        answers = [await _answer(calling) for calling in reversed(callings)]

    assert answers == ["3", "2", "1", "0"]
