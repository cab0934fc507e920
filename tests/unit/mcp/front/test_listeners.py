"""Who listens for hours is who may listen, and leaves room for others, over a socket."""

import asyncio
from typing import Any

import aiohttp

from guardrail_gw.core.identity import Principal
from guardrail_gw.dialects.mcp import eras
from guardrail_gw.server.access import VirtualKey, digest
from tests.support.mcp_front import KEY, OTHER, OTHER_KEY, Front, events, front, rpc

REVISION = "2026-07-28"
CHANGED = {"method": "notifications/tools/list_changed", "params": {}}
ENDS_S = 10
"""Longer than a stream may go on, with room for a machine that is busy."""


def _listen(at: Front, key: str = KEY) -> Any:
    meta = {eras.REVISION: REVISION, eras.CAPABILITIES: {}}
    wanted = {"toolsListChanged": True}
    return at.client.post(
        at.url,
        json=rpc("subscriptions/listen", notifications=wanted, _meta=meta),
        headers={
            "Authorization": f"Bearer {key}",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": REVISION,
            "Mcp-Method": "subscriptions/listen",
        },
    )


def _get(at: Front, session: dict[str, str], key: str = KEY, **more: str) -> Any:
    sent = {"Authorization": f"Bearer {key}", "Accept": "text/event-stream"}
    return at.client.get(at.url, headers={**sent, **session, **more})


async def _first(response: aiohttp.ClientResponse) -> None:
    line = b""
    while not line.startswith(b"data: "):
        line = await asyncio.wait_for(response.content.readline(), 5)
        assert line, "the stream is over"


async def _rest(response: aiohttp.ClientResponse) -> list[Any]:
    return events(await asyncio.wait_for(response.text(), ENDS_S))


async def _let_in(at: Front) -> int:
    """The status of one who tries until it is noticed that others have left."""
    status = 0
    for _ in range(100):
        async with _listen(at) as again:
            status = again.status
        if status == 200:
            break
        await asyncio.sleep(0.05)
    return status


def _renew(at: Front, *keys: tuple[str, Principal]) -> None:
    at.keys.renew(VirtualKey(sha256=digest(key), principal=who) for key, who in keys)


async def test_a_key_that_is_taken_away_hears_no_more() -> None:
    """Nothing that is said from then on, and its stream ends though nothing is said."""
    async with front() as at:
        session = await at.begin()
        async with _listen(at) as modern, _get(at, session) as legacy:
            await _first(modern)
            _renew(at, (OTHER_KEY, OTHER))
            told = await asyncio.gather(_rest(modern), _rest(legacy))
            again = await at.post(rpc("ping"), session)

    assert [[each.get("method") for each in said] for said in told] == [[None], []]
    assert told[0][0]["result"]["resultType"] == "complete"
    assert again[0] == 401


async def test_what_is_said_after_a_key_was_taken_away_reaches_nobody() -> None:
    """Not even in the moment before somebody looks at the stream again."""
    async with front() as at, _listen(at) as modern:
        await _first(modern)
        _renew(at, (OTHER_KEY, OTHER))
        await at.server.unasked.put(CHANGED)
        told = await _rest(modern)

    assert [each.get("method") for each in told] == [None]


async def test_a_session_whose_key_was_taken_away_is_told_nothing_more() -> None:
    """As a stream of the modern era is not."""
    async with front() as at:
        session = await at.begin()
        async with _get(at, session) as legacy:
            await at.server.unasked.put(CHANGED)
            await _first(legacy)
            _renew(at, (OTHER_KEY, OTHER))
            await at.server.unasked.put(CHANGED)
            told = await _rest(legacy)

    assert told == []


async def test_a_key_that_stands_for_somebody_else_now_hears_no_more() -> None:
    """It began to listen as another one."""
    async with front() as at, _listen(at) as modern:
        await _first(modern)
        _renew(at, (KEY, OTHER))
        told = await _rest(modern)

    assert [each.get("method") for each in told] == [None]


async def test_other_policies_end_what_began_under_the_old_ones() -> None:
    """The client begins anew, and what was heard under the old ones is not told it then."""
    async with front() as at:
        session = await at.begin()
        async with _listen(at) as modern, _get(at, session) as legacy:
            await _first(modern)
            at.in_force.append(object())
            await at.server.unasked.put(CHANGED)
            await at.server.unasked.put(CHANGED)  # one for each of them
            told = await asyncio.gather(_rest(modern), _rest(legacy))
        async with _get(at, session) as anew:
            await at.server.unasked.put({**CHANGED, "params": {"_meta": {"n": 2}}})
            line = await asyncio.wait_for(anew.content.readuntil(b"\n\n"), 5)

    assert [[each.get("method") for each in said] for said in told] == [[None], []]
    assert b'"n":2' in line
    assert len(at.server.wanted) == 3


async def test_a_stream_that_nobody_can_judge_ends() -> None:
    """Whatever keeps somebody from saying that it may go on; it is a defect, and is told as one."""
    async with front() as at:
        session = await at.begin()
        async with _listen(at) as modern, _get(at, session) as legacy:
            await _first(modern)
            at.in_force.clear()  # to look for what is in force fails
            rests = (_rest(modern), _rest(legacy))
            ended = await asyncio.gather(*rests, return_exceptions=True)
        defects = {type(each) for each in at.defects}
        at.defects.clear()

    assert [type(each) for each in ended] == [aiohttp.ClientPayloadError] * 2
    assert defects == {IndexError}


async def test_what_was_kept_under_other_policies_is_not_told_later() -> None:
    """A client whose connection broke comes back after a reload."""
    async with front() as at:
        session = await at.begin()
        async with _get(at, session) as legacy:
            await at.server.unasked.put({**CHANGED, "params": {"_meta": {"n": 1}}})
            await _first(legacy)
        await at.server.unasked.put({**CHANGED, "params": {"_meta": {"n": 2}}})
        await at.post(rpc("ping"), session)  # it has been heard by now
        at.in_force.append(object())
        async with _get(at, session, **{"Last-Event-ID": "0-0"}) as anew:
            await at.server.unasked.put({**CHANGED, "params": {"_meta": {"n": 3}}})
            line = await asyncio.wait_for(anew.content.readuntil(b"\n\n"), 5)

    assert b'"n":3' in line


async def test_one_key_cannot_take_all_room_to_listen() -> None:
    """In either era; who has left makes room, and all together have so much."""
    async with front(max_listeners=3, each=2) as at:
        session = await at.begin()
        async with _listen(at) as one, _get(at, session) as two:
            await _first(one)
            async with _listen(at) as third, _get(at, session) as fourth:
                turned_away = [third.status, fourth.status]
                code = (await third.json())["error"]["data"]["code"]
            async with _listen(at, OTHER_KEY) as others:
                await _first(others)
                async with _listen(at, OTHER_KEY) as too_many:
                    turned_away.append(too_many.status)
            two.close()
        again = await _let_in(at)

    assert (turned_away, code) == ([429, 429, 503], "limits.concurrency")
    assert [why.status for why in at.chain.refused[:3]] == [429, 429, 503]
    assert again == 200


async def test_one_key_cannot_take_all_sessions() -> None:
    """Those of another one are its own, and an ended one makes room."""
    async with front(max_sessions=3, each=2) as at:
        hello = rpc("initialize", protocolVersion="2025-11-25")
        first = await at.begin()
        _ = await at.begin()
        status, body, _ = await at.post(hello)
        other, *_ = await at.post(hello, key=OTHER_KEY)
        async with at.client.delete(
            at.url, headers={"Authorization": f"Bearer {KEY}", **first}
        ) as ended:
            assert ended.status == 200
        again, *_ = await at.post(hello)

    assert (status, body["error"]["data"]["code"]) == (429, "limits.concurrency")
    assert (other, again) == (200, 200)
    assert at.door.legacy.sessions.open == 0


async def test_a_handshake_that_fails_takes_no_share() -> None:
    """However often it is tried."""
    async with front(max_sessions=2) as at:
        at.server.is_down = True
        hello = rpc("initialize", protocolVersion="2025-11-25")
        status = [(await at.post(hello))[0] for _ in range(3)]
        at.server.is_down = False
        session = await at.begin()

    assert status == [502, 502, 502]
    assert session["Mcp-Session-Id"]
