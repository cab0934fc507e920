"""What all servers offer, whatever each of them does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from guardrail_gw.mcp.aggregate.kinds import Kind
from guardrail_gw.mcp.aggregate.paging import Lack, Listing
from guardrail_gw.mcp.catalogue import Catalogue, Offering
from guardrail_gw.observability.clock import SystemClock
from tests.support.mcp_offers import Offers
from tests.support.routing_world import OwnClock

SOON_S = 0.05


@asynccontextmanager
async def catalogue(
    *servers: Offers, keep_s: float = 60, list_s: float = SOON_S
) -> AsyncIterator[tuple[Catalogue, OwnClock]]:
    """A catalogue of these servers, not listening."""
    clock = OwnClock()
    offerings = [Offering(server=server, list_s=list_s) for server in servers]
    made = Catalogue(offerings, clock=clock, keep_s=keep_s)
    try:
        yield made, clock
    finally:
        await made.close()


@asynccontextmanager
async def listening(*servers: Offers) -> AsyncIterator[tuple[Catalogue, list[tuple[str, Kind]]]]:
    """A catalogue that listens, and what its listeners were told."""
    offerings = [Offering(server=server, list_s=SOON_S) for server in servers]
    made, told = Catalogue(offerings, clock=SystemClock(), keep_s=60), list[tuple[str, Kind]]()
    made.hear(lambda server, kind: told.append((server, kind)))
    await made.start()
    try:
        yield made, told
    finally:
        await made.close()


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110 - seen from outside only
            await asyncio.sleep(0.005)


def named(found: Listing | Lack) -> list[Any]:
    """The names in a list."""
    assert isinstance(found, Listing)
    return [each["name"] for each in found.entries]


def tool(name: str, **more: object) -> dict[str, Any]:
    """A definition."""
    return {"name": name, **more}


def offers(id_: str, *names: str) -> Offers:
    """A server with these tools."""
    server = Offers(id_)
    server.offer(*map(tool, names))
    return server


async def test_pages_are_asked_for_as_nobody() -> None:
    """Every page is fetched, by a peer that declares nothing and names no person."""
    server = Offers("a", {"tools/list": [{"tools": [tool("x")], "nextCursor": "1"}, {"tools": []}]})
    async with catalogue(server) as (made, _):
        found = await made.listing("a", Kind.TOOLS)

    assert named(found) == ["x"]
    assert [ask.params for ask in server.asked] == [{}, {"cursor": "1"}]
    assert server.asked[0].peer.principal.user == ""
    assert server.asked[0].peer.capabilities == {}


@pytest.mark.mcp_row(13)
async def test_a_list_is_kept() -> None:
    """Within its time nobody is asked again, and after it somebody is."""
    server = offers("a", "x")
    async with catalogue(server, keep_s=60) as (made, clock):
        await made.listing("a", Kind.TOOLS)
        clock.at_s += 59
        await made.listing("a", Kind.TOOLS)
        kept = len(server.asked)
        clock.at_s += 2
        await made.listing("a", Kind.TOOLS)

    assert (kept, len(server.asked)) == (1, 2)


async def test_a_servers_own_time_is_obeyed() -> None:
    """A server that says that its list holds for a second is asked again after it."""
    server = Offers("a", {"tools/list": [{"tools": [tool("x")], "ttlMs": 1000}]})
    async with catalogue(server) as (made, clock):
        await made.listing("a", Kind.TOOLS)
        clock.at_s += 1.5
        await made.listing("a", Kind.TOOLS)

    assert len(server.asked) == 2


@pytest.mark.mcp_row(13)
async def test_a_thousand_ask_once() -> None:
    """However many need a list at once, its server is asked once."""
    server = offers("a", "x")
    async with catalogue(server, list_s=5) as (made, _):
        found = await asyncio.gather(*(made.listing("a", Kind.TOOLS) for _ in range(1000)))

    assert len(server.asked) == 1
    assert all(named(each) == ["x"] for each in found)


@pytest.mark.mcp_row(12)
async def test_a_slow_server_delays_nobody_beyond_its_time() -> None:
    """The others' lists are there after its `list_s`, with the reason for what is missing."""
    slow, good, down = offers("slow", "x"), offers("good", "y"), Offers("down", is_down=True)
    slow.may_answer.clear()
    async with catalogue(slow, good, down) as (made, _):
        async with asyncio.timeout(2):
            found = await made.listings(Kind.TOOLS)

    assert [*found] == ["slow", "good", "down"]
    assert (found["slow"], named(found["good"]), found["down"]) == (
        Lack.TIMEOUT,
        ["y"],
        Lack.FAILED,
    )


@pytest.mark.mcp_row(14)
async def test_whoever_comes_late_is_there_the_next_time() -> None:
    """A refresh outlives the request that could not wait for it, and listeners are told."""
    slow, told = offers("slow", "x"), list[tuple[str, Kind]]()
    slow.may_answer.clear()
    async with catalogue(slow) as (made, _):
        made.hear(lambda server, kind: told.append((server, kind)))
        first = await made.listing("slow", Kind.TOOLS)
        slow.may_answer.set()
        await until(lambda: bool(told))
        second = await made.listing("slow", Kind.TOOLS)

    assert (first, named(second), told) == (Lack.TIMEOUT, ["x"], [("slow", Kind.TOOLS)])
    assert len(slow.asked) == 1


@pytest.mark.mcp_row(25)
async def test_the_last_good_list_stays() -> None:
    """A server that is down is listed as it was, and the list says so."""
    server = offers("a", "x")
    async with catalogue(server) as (made, clock):
        await made.listing("a", Kind.TOOLS)
        server.is_down = True
        clock.at_s += 100
        found = await made.listing("a", Kind.TOOLS)

    assert isinstance(found, Listing)
    assert (named(found), found.lacks) == (["x"], (Lack.FAILED,))


async def test_lists_that_a_server_does_not_have_are_empty() -> None:
    """Without the capability nobody asks; without the method the answer is no list."""
    server = Offers("a", {"resources/list": [{"resources": []}]}, capabilities={"resources": {}})
    async with catalogue(server) as (made, _):
        tools = await made.listing("a", Kind.TOOLS)
        templates = await made.listing("a", Kind.TEMPLATES)

    assert (tools, templates) == (Listing(kind=Kind.TOOLS), Listing(kind=Kind.TEMPLATES))
    assert [ask.method for ask in server.asked] == ["resources/templates/list"]


async def test_what_a_server_asks_meanwhile_is_refused() -> None:
    """Notifications are passed over, and a question gets an error, since nobody is there."""
    server = offers("a", "x")
    question = {"id": 7, "method": "elicitation/create", "params": {}}
    server.before = [{"method": "notifications/message", "params": {}}, question]
    async with catalogue(server) as (made, _):
        found = await made.listing("a", Kind.TOOLS)

    assert named(found) == ["x"]
    [reply] = server.calls[0].replies
    assert (reply["id"], reply["error"]["code"]) == (7, -32601)


async def test_a_change_is_fetched_and_told() -> None:
    """A server says that its tools changed: the new list is there before anybody asks."""
    server = offers("a", "x")
    async with listening(server) as (made, told):
        await made.listing("a", Kind.TOOLS)
        await until(lambda: server.listened == 1)
        server.offer(tool("y"))
        server.says.put_nowait({"method": "notifications/tools/list_changed"})
        await until(lambda: bool(told))
        found = await made.listing("a", Kind.TOOLS)

    assert (named(found), told) == (["y"], [("a", Kind.TOOLS)])


@pytest.mark.mcp_row(25)
async def test_a_change_during_a_refresh_is_not_lost() -> None:
    """What changed while the list was being read is read again."""
    server = offers("a", "x")
    async with listening(server) as (made, _):
        await until(lambda: server.listened == 1)
        server.may_answer.clear()
        reading = asyncio.ensure_future(made.listing("a", Kind.TOOLS))
        await until(lambda: len(server.asked) == 1)
        server.says.put_nowait({"method": "notifications/tools/list_changed"})
        await until(server.says.empty)
        await asyncio.sleep(0)
        server.may_answer.set()
        await reading
        await until(lambda: len(server.asked) >= 2)


async def test_a_server_that_comes_back_is_asked() -> None:
    """A server that was down when it was needed is asked as soon as it can be listened to."""
    server = offers("a", "x")
    server.is_down = True
    async with listening(server) as (made, told):
        first = await made.listing("a", Kind.TOOLS)
        server.is_down = False
        await until(lambda: bool(told))
        second = await made.listing("a", Kind.TOOLS)

    assert (first, named(second)) == (Lack.FAILED, ["x"])


async def test_a_new_list_is_looked_at_before_it_is_given() -> None:
    """Whoever pins sees a list first, and once as long as it is the same."""
    server, seen = offers("a", "x"), list[Mapping[str, Any]]()

    async def changed(_: str, listing: Listing) -> None:
        seen.extend(listing.entries)

    offering = Offering(server=server, list_s=SOON_S)
    made = Catalogue([offering], clock=OwnClock(), keep_s=60, changed=changed)
    await made.listing("a", Kind.TOOLS)
    made.stale("a", Kind.TOOLS)
    await made.listing("a", Kind.TOOLS)
    await made.close()

    assert (seen, len(server.asked)) == ([tool("x")], 2)
