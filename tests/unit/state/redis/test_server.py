"""Redis killed, paused, restarted, full; behind Sentinel; as a cluster. Real servers all."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager

import pytest

from guardrail_gw.core.counting import BudgetClaim, Reservation
from guardrail_gw.errors import ConfigError, StateDown
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.state.redis.address import RedisAddress
from guardrail_gw.state.redis.counters import RedisCounters
from guardrail_gw.state.redis.server import RedisServer
from guardrail_gw.state.redis.store import RedisStore
from tests.support.redis import Engine, free_port, redis, sentinel


@asynccontextmanager
async def started(*arguments: str) -> AsyncIterator[Engine]:
    """A server of this test's own."""
    async with held(redis(*arguments)) as engine:
        yield engine


@asynccontextmanager
async def held(context: AbstractContextManager[Engine]) -> AsyncIterator[Engine]:
    """A server, started and stopped away from the loop."""
    engine = await asyncio.to_thread(context.__enter__)
    try:
        yield engine
    finally:
        await asyncio.to_thread(context.__exit__, None, None, None)


@asynccontextmanager
async def counting(url: str, *, timeout_s: float = 5) -> AsyncIterator[RedisCounters]:
    """Counters in it; patient, since the machine of a test may be busy."""
    server = RedisServer(RedisAddress.read(url), SystemClock(), timeout_s=timeout_s)
    counters = RedisCounters(server)
    await counters.start()
    try:
        yield counters
    finally:
        await counters.close()


def wanted(id_: str, amount: int = 10) -> Reservation:
    """So much of a budget of 100."""
    claim = BudgetClaim(name="b", amount=amount, limit=100, ttl_s=600)
    return Reservation(id=id_, home="acme", claims=(claim,), lease_s=60)


async def soon(counters: RedisCounters, wanted_: Reservation) -> None:
    """Reserve as soon as the server is back."""
    for _ in range(100):
        try:
            assert await counters.reserve(wanted_) is None
        except StateDown:
            await asyncio.sleep(0.05)
        else:
            return
    pytest.fail("it did not come back")


async def test_a_server_that_dies_is_noticed_at_once_and_remembers() -> None:
    """No request waits for it; what was reserved is still reserved when it is back."""
    async with started() as engine, counting(engine.url) as counters:
        await counters.reserve(wanted("1"))
        await asyncio.to_thread(engine.kill)

        began = time.monotonic()
        for _ in range(10):
            with pytest.raises(StateDown):
                await counters.reserve(wanted("2"))
        took_s = time.monotonic() - began
        await asyncio.to_thread(engine.restart)
        await soon(counters, wanted("3"))

        assert took_s < 1
        assert await counters.used("acme", ["b"]) == {"b": 20}
        assert await counters.settle(wanted("1"), {"b": 1}) == {"b": 11}


async def test_a_server_that_hangs_is_waited_for_once() -> None:
    """Then nobody waits for a moment; and when it goes on, so does everything."""
    async with started() as engine, counting(engine.url, timeout_s=0.25) as counters:
        await soon(counters, wanted("1"))
        engine.pause()

        began = time.monotonic()
        for _ in range(10):
            with pytest.raises(StateDown):
                await counters.reserve(wanted("2"))
        took_s = time.monotonic() - began
        engine.go_on()
        await soon(counters, wanted("3"))

        assert took_s < 2
        assert await counters.settle(wanted("3"), {"b": 0}) is not None


async def test_a_server_that_evicts_is_refused_at_start() -> None:
    """A budget that is thrown away would begin anew."""
    async with started("--maxmemory-policy", "allkeys-lru", "--maxmemory", "64mb") as engine:
        with pytest.raises(ConfigError, match="noeviction"):
            async with counting(engine.url):
                pytest.fail("it started")


async def test_a_full_server_is_down_not_forgetful() -> None:
    """What does not fit is refused, and what is there stays."""
    async with started("--maxmemory", "3mb", "--maxmemory-policy", "noeviction") as engine:
        server = RedisServer(RedisAddress.read(engine.url), SystemClock())
        store, counters = RedisStore(server), RedisCounters(server)
        await counters.start()
        await counters.reserve(wanted("1"))

        with pytest.raises(StateDown):
            for number in range(60):
                await store.put(f"{number}", bytes(100_000), ttl_s=600)
        await asyncio.sleep(0.3)

        assert await counters.used("acme", ["b"]) == {"b": 10}
        await counters.close()


async def test_a_wrong_password_is_not_repeated() -> None:
    """Nobody reads it from an error."""
    async with started("--requirepass", "right-7f3a") as engine:
        url = engine.url.replace("redis://", "redis://:wrong-7f3a@")
        with pytest.raises(StateDown) as down:
            async with counting(url):
                pytest.fail("it started")

        assert "7f3a" not in f"{down.value!r} {down.value.detail} {down.value.__context__!r}"


async def test_without_a_server_nothing_starts() -> None:
    """The gateway says so before it listens."""
    with pytest.raises(StateDown):
        async with counting("redis://127.0.0.1:1/0"):
            pytest.fail("it started")


async def test_behind_sentinel_the_master_is_asked() -> None:
    """Sentinel says where it is."""
    async with started() as engine:
        async with held(sentinel("main", engine)) as watching:
            url = f"redis+sentinel://127.0.0.1:{watching.port}/main"
            async with counting(url) as counters:
                await counters.reserve(wanted("1"))
        async with counting(engine.url) as counters:
            assert await counters.used("acme", ["b"]) == {"b": 10}


async def test_in_a_cluster_the_counters_of_one_home_lie_together() -> None:
    """A reservation of several is one script on one node; homes may lie on others."""
    async with started("--cluster-enabled", "yes", "--cluster-port", f"{free_port()}") as engine:
        plain = RedisServer(RedisAddress.read(engine.url), SystemClock())
        await plain.start()
        await plain.run(lambda client: client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383))
        await plain.close()
        async with counting(engine.url.replace("redis://", "redis+cluster://")) as counters:
            claims = tuple(
                BudgetClaim(name=name, amount=3, limit=9, ttl_s=60) for name in ("one", "two")
            )
            held = Reservation(id="1", home="acme", claims=claims, lease_s=60)
            other = Reservation(id="1", home="globex", claims=claims, lease_s=60)

            await soon(counters, held)  # a cluster takes a moment until it is one
            assert await counters.reserve(other) is None

            assert await counters.settle(held, {"one": 1}) == {"one": 1, "two": 3}
            assert await counters.used("globex", ["one", "two"]) == {"one": 3, "two": 3}
