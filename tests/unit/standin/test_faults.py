"""Faults of a stand-in over real sockets, and what its meter says of them."""

import asyncio
import json
import time
from typing import Any

import aiohttp
import pytest

from guardrail_gw.standin.dropping import Dropping
from guardrail_gw.standin.plan import Plan
from guardrail_gw.standin.server import StandIn

TEXT = "one two three four five six"


async def ask(provider: StandIn, model: str, **more: object) -> tuple[int, bytes]:
    """Send one request and read the whole answer."""
    body = {"model": model, "messages": [{"role": "user", "content": TEXT}], **more}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{provider.base_url}/chat/completions", json=body) as response,
    ):
        return response.status, await response.read()


async def meter(provider: StandIn) -> Any:
    """What it says over HTTP."""
    url = provider.base_url.removesuffix("/v1")
    async with aiohttp.ClientSession() as session, session.get(f"{url}/meter") as response:
        return await response.json()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", ["reset", "reset?after=2"])
async def test_a_reset_is_one(model: str, stream: bool) -> None:  # noqa: FBT001 - a table
    """The client's side of the connection is told so by TCP, before the head or after it."""
    messages = [{"role": "user", "content": TEXT}]
    body = json.dumps({"model": model, "messages": messages, "stream": stream}).encode()
    async with StandIn() as provider:
        port = int(provider.base_url.rpartition(":")[2].partition("/")[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}"
        writer.write(head.encode() + b"\r\n\r\n" + body)

        with pytest.raises(ConnectionResetError):
            await reader.read()

        writer.transport.abort()


@pytest.mark.parametrize("stream", [False, True])
async def test_wrong_json_is_json_and_no_answer(stream: bool) -> None:  # noqa: FBT001 - a table
    """It parses, and has nothing of a chat completion."""
    async with StandIn() as provider:
        status, body = await ask(provider, "wrong-json", stream=stream)

    first = json.loads(body.split(b"\n\n")[0].removeprefix(b"data: "))
    assert status == 200
    assert "choices" not in first


async def test_a_drip_takes_its_time() -> None:
    """Every event waits, so that a stream of eight takes eight times as long at least."""
    async with StandIn() as provider:
        start = time.monotonic()
        status, body = await ask(provider, "echo?gap_ms=10", stream=True)
        took = time.monotonic() - start

    assert status == 200
    assert took >= 0.01 * body.count(b"data: ")


async def test_a_plan_meets_its_share_and_leaves_the_rest_alone() -> None:
    """The requests that it says, in the order in which they come."""
    plan = Plan.read(["50%:status-500"], seed=3)
    async with StandIn(plan=plan) as provider:
        statuses = [(await ask(provider, "echo"))[0] for _ in range(12)]

    told = [plan.behaviour(number, 0.0) for number in range(1, 13)]
    assert statuses == [500 if each else 200 for each in told]
    assert {200, 500} == {*statuses}


async def test_while_it_is_held_nobody_is_answered() -> None:
    """Requests are taken and kept waiting; then all go on."""
    async with StandIn() as provider:
        provider.going.clear()
        asking = [asyncio.ensure_future(ask(provider, "echo")) for _ in range(3)]
        while len(provider.received) < 3:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.001)
        assert not any(each.done() for each in asking)

        provider.going.set()

        assert [status for status, _ in await asyncio.gather(*asking)] == [200] * 3


async def test_who_leaves_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    """The stand-in says nothing of it, and the meter has what was written until then."""
    async with StandIn() as provider:
        body = {"model": "echo?gap_ms=1&chars=1", "stream": True}
        body["messages"] = [{"role": "user", "content": TEXT}]
        async with aiohttp.ClientSession() as session:
            url = f"{provider.base_url}/chat/completions"
            async with session.post(url, json=body) as response:
                await response.content.readany()
                response.close()
        async with asyncio.timeout(5):
            while not provider.meter.models:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.005)

    assert caplog.records == []
    assert 0 <= provider.meter.models["echo?gap_ms=1&chars=1"].written < 6


async def test_the_meter_counts_what_was_made() -> None:
    """Whole answers in full, broken ones as far as they came, refusals not at all."""
    async with StandIn() as provider:
        await ask(provider, "echo")
        await ask(provider, "echo", stream=True)
        await ask(provider, "status-500")
        await ask(provider, "error-in-stream?after=2&chars=4", stream=True)
        with pytest.raises(aiohttp.ClientError):
            await ask(provider, "cut")
        counted = await meter(provider)

    assert counted == {
        "echo": {"answers": 2, "read": 12, "written": 12},
        "error-in-stream?after=2&chars=4": {"answers": 1, "read": 6, "written": 2},
    }


async def test_what_connects_is_reset() -> None:
    """A handshake of TLS comes to nothing, at once."""
    async with Dropping() as place, aiohttp.ClientSession() as session:
        for scheme in ("https", "http"):
            with pytest.raises(aiohttp.ClientError):
                await session.get(f"{scheme}://127.0.0.1:{place.port}/")

    assert place.taken >= 2


@pytest.mark.parametrize("path", ["chat/completions", "messages"])
async def test_what_is_left_of_its_rates_is_told(path: str) -> None:
    """In the headers of whoever's dialect it is; without the options nothing is said."""
    prefix = "anthropic-ratelimit-" if path == "messages" else "x-ratelimit-"
    told = []
    async with StandIn() as provider, aiohttp.ClientSession() as session:
        for model in ("echo", "echo?left_requests=3&left_tokens=40&reset_ms=250"):
            body = {"model": model, "messages": [{"role": "user", "content": TEXT}]}
            async with session.post(f"{provider.base_url}/{path}", json=body) as response:
                found = {k.lower(): v for k, v in response.headers.items()}
                told.append({k: v for k, v in found.items() if "ratelimit" in k})

    assert told[0] == {}
    assert len(told[1]) == 4
    assert all(name.startswith(prefix) for name in told[1])
    left = {value for name, value in told[1].items() if "remaining" in name}
    assert left == {"3", "40"}
