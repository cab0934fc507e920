"""The connections of a gateway over real sockets: one pool for each deployment, warm or not."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from guardrail_gw.core.ports import UpstreamCrowded, UpstreamStale
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.upstreams.credentials import Credentials
from guardrail_gw.upstreams.http import HttpUpstream
from guardrail_gw.upstreams.pooling import Pooling, Wiring
from guardrail_gw.upstreams.timeouts import Timeouts
from tests.support.listening import Listening
from tests.support.routing_world import deployment

SOON = Timeouts(connect_s=0.2, first_byte_s=5.0, idle_s=5.0)
WARM = Pooling(warm=2)


@asynccontextmanager
async def upstream(wiring: Wiring) -> AsyncIterator[HttpUpstream]:
    """What a gateway sends with."""
    async with HttpUpstream(SOON, Credentials({}), SystemClock(), wiring=wiring) as sends:
        yield sends


async def ask(sends: HttpUpstream, server: Listening, name: str = "a") -> None:
    """One request to a deployment at this server."""
    to = replace(deployment(name), base_url=server.url)
    async with sends.send(to, "/chat", b"{}") as response:
        assert b"".join([chunk async for chunk in response.chunks]) == b"ok"


def made(sends: HttpUpstream) -> Mapping[str, tuple[int, int]]:
    """Deployment -> connections that were made, and those that rest."""
    return {name: (each.made, each.idle) for name, each in sends.connections.items()}


async def rested(sends: HttpUpstream, count: int) -> None:
    """Wait until so many connections have been made and rest: the peer knows of them earlier."""
    while made(sends) != {"a": (count, count)}:  # noqa: ASYNC110 - the next turns of the loop do
        await asyncio.sleep(0)


async def test_every_deployment_has_its_own_connections() -> None:
    """Two at the same host share none, and each has its own bounds."""
    wiring = Wiring(own={"b": Pooling(max_age_s=0.0)})
    async with Listening() as server, upstream(wiring) as sends:
        for name in ("a", "b", "a", "b"):
            await ask(sends, server, name)

        assert server.requests == [0, 1, 0, 2]
        assert made(sends)["a"] == (1, 1)


async def test_warm_connections_are_there_before_anybody_asks() -> None:
    """So many are made, nothing is sent over them, and the first requests have them."""
    told: list[str] = []

    def connected(name: str, took_s: float) -> None:
        assert took_s > 0.0
        told.append(name)

    async with Listening() as server:
        wiring = Wiring(
            own={"a": WARM}, base_urls={"a": server.url, "b": server.url}, connected=connected
        )
        async with upstream(wiring) as sends:
            await server.met(2)
            await rested(sends, 2)
            sent = list(server.requests)
            await ask(sends, server)

    assert sent == []
    assert told == ["a", "a"]
    assert server.connections == 2


async def test_connections_are_warm_again_when_they_have_ended() -> None:
    """Whoever is hung up on while nobody asks connects anew."""
    async with Listening() as server:
        wiring = Wiring(pooling=Pooling(warm=1), base_urls={"a": server.url}, look_s=0.01)
        async with upstream(wiring) as sends:
            await server.met(1)
            await rested(sends, 1)
            server.hang_up()
            await server.met(2)

    assert server.requests == []


async def test_nobody_there_to_be_warm_with_is_no_error() -> None:
    """The gateway starts, is tried again later, and stops; requests are not kept from trying."""
    async with Listening() as gone:
        pass
    wiring = Wiring(pooling=WARM, base_urls={"a": gone.url})
    async with upstream(wiring) as sends:
        while "a" not in sends.connections:  # noqa: ASYNC110 - the next turns of the loop do
            await asyncio.sleep(0)
        async with gone:
            await ask(sends, gone)

    assert gone.requests == [0]


async def test_no_more_are_warm_than_there_may_be() -> None:
    """The limit counts for them, too."""
    async with Listening() as server:
        wiring = Wiring(pooling=Pooling(warm=3, limit=1), base_urls={"a": server.url})
        async with upstream(wiring) as sends:
            await rested(sends, 1)
            await ask(sends, server)
            sizes = sends.connections["a"]

    assert sizes.busy + sizes.idle == 1


async def test_a_stale_connection_and_a_full_pool_have_names_of_their_own() -> None:
    """Routing tells both from a deployment that fails."""
    async with Listening() as server, upstream(Wiring(pooling=Pooling(limit=1))) as sends:
        await ask(sends, server)
        server.answers = False
        with pytest.raises(UpstreamStale, match="a kept connection to a was closed"):
            await ask(sends, server)
        server.go.clear()
        held = asyncio.ensure_future(ask(sends, server))
        await server.met(2)
        with pytest.raises(UpstreamCrowded, match="all connections to a are in use"):
            await ask(sends, server)
        server.answers = True
        server.go.set()
        await held
