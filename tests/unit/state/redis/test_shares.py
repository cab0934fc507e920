"""However many write at once, what is counted in a share is what is there. Real servers all."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence

import pytest

from guardrail_gw.core.ports import Share
from guardrail_gw.errors import StateFull
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.state.redis.address import RedisAddress
from guardrail_gw.state.redis.server import RedisServer
from guardrail_gw.state.redis.store import RedisStore
from tests.support.redis import Engine, redis

KEY = Share(name="k", of="key", max_bytes=1000)
TENANT = Share(name="t", of="tenant", max_bytes=1000)
BOTH = (KEY, TENANT)


class Halting(RedisServer):
    """Stops before a script that swaps, until it is told to go on."""

    def __init__(self, address: RedisAddress) -> None:
        super().__init__(address, SystemClock(), timeout_s=30)
        self.reached = asyncio.Event()
        self.goes_on = asyncio.Event()

    async def script(
        self, source: str, keys: Sequence[str], words: Sequence[str | int | bytes]
    ) -> object:
        if "'PX'" in source:
            self.reached.set()
            await self.goes_on.wait()
        return await super().script(source, keys, words)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """One server for the whole module."""
    with redis() as made:
        yield made


@pytest.fixture
async def server(engine: Engine) -> AsyncIterator[RedisServer]:
    """A connection to it, empty."""
    made = RedisServer(RedisAddress.read(engine.url), SystemClock(), timeout_s=30)
    await made.start()
    await made.run(lambda client: client.flushall())
    yield made
    await made.close()


async def counted(server: RedisServer, share: Share = KEY) -> tuple[int, int]:
    """The sum of a share, and how many values it is of."""
    where = f"guardrail-gw:share:{{{share.name}}}"
    used = await server.run(lambda client: client.get(f"{where}:used"))
    many = await server.run(lambda client: client.zcard(f"{where}:until"))
    sizes = await server.run(lambda client: client.hlen(f"{where}:sizes"))
    assert sizes == many
    return int(used or 0), many


async def test_who_comes_too_late_changes_no_count(engine: Engine, server: RedisServer) -> None:
    """It had counted before the other one wrote, and finds another value: its count goes alone."""
    store = RedisStore(server)
    await store.put("a", b"1" * 100, ttl_s=60, shares=BOTH)
    late = Halting(RedisAddress.read(engine.url))
    await late.start()

    async with asyncio.TaskGroup() as tasks:
        swap = RedisStore(late).swap("a", b"1" * 100, b"3" * 7, ttl_s=60, shares=BOTH)
        came = tasks.create_task(swap)
        await late.reached.wait()
        assert await store.swap("a", b"1" * 100, b"2" * 30, ttl_s=60, shares=BOTH)
        late.goes_on.set()

    assert not came.result()
    assert await store.get("a") == b"2" * 30
    assert [await counted(server, share) for share in BOTH] == [(30, 1), (30, 1)]
    await late.close()


async def test_what_is_deleted_meanwhile_is_not_counted_twice(
    engine: Engine, server: RedisServer
) -> None:
    """A value that takes the place of one that is gone by then counts, and nothing else does."""
    store = RedisStore(server)
    await store.put("a", b"1" * 100, ttl_s=60, shares=(KEY,))
    late = Halting(RedisAddress.read(engine.url))
    await late.start()

    async with asyncio.TaskGroup() as tasks:
        swap = RedisStore(late).swap("a", None, b"3" * 7, ttl_s=60, shares=(KEY,))
        came = tasks.create_task(swap)
        await late.reached.wait()
        assert await store.delete("a")
        late.goes_on.set()

    assert came.result()
    assert await counted(server) == (7, 1)
    await late.close()


async def test_a_swap_gives_back_what_was_there(server: RedisServer) -> None:
    """Also in a share that the new value does not count in."""
    store = RedisStore(server)
    await store.put("a", b"1" * 100, ttl_s=60, shares=BOTH)

    assert await store.swap("a", b"1" * 100, b"2" * 5, ttl_s=60, shares=(TENANT,))
    assert (await counted(server, KEY), await counted(server, TENANT)) == ((0, 0), (5, 1))
    assert await store.swap("a", b"2" * 5, b"3", ttl_s=60)
    assert await counted(server, TENANT) == (0, 0)


async def test_who_finds_no_room_counts_nothing(server: RedisServer) -> None:
    """In none of its shares, whichever of them is full; what was there counts on."""
    store = RedisStore(server)
    full = Share(name="full", of="tenant", max_bytes=10)
    await store.put("a", b"1" * 10, ttl_s=60, shares=(KEY, full))

    with pytest.raises(StateFull):
        await store.put("b", b"2", ttl_s=60, shares=(KEY, full))
    with pytest.raises(StateFull):
        await store.swap("a", b"1" * 10, b"2" * 11, ttl_s=60, shares=(KEY, full))

    assert (await counted(server, KEY), await counted(server, full)) == ((10, 1), (10, 1))


async def test_whatever_happens_at_once_the_count_is_of_what_is_there(server: RedisServer) -> None:
    """Values of few names, put, swapped and deleted by many."""
    store = RedisStore(server)
    names = ("a", "b", "c")

    async def change(number: int) -> None:
        name = names[number % 3]
        match number % 5:
            case 0 | 1:
                await store.put(name, bytes(1 + number % 17), ttl_s=60, shares=BOTH)
            case 2:
                await store.delete(name)
            case _:
                old = await store.get(name)
                await store.swap(name, old, bytes(1 + number % 19), ttl_s=60, shares=BOTH)

    await asyncio.gather(*(change(number) for number in range(75)))

    there = [await store.get(name) for name in names]
    sizes = [len(each) for each in there if each is not None]
    assert [await counted(server, share) for share in BOTH] == [(sum(sizes), len(sizes))] * 2


async def test_values_of_earlier_versions_are_read_and_given_back(server: RedisServer) -> None:
    """They have no mark, and count under their names."""
    store = RedisStore(server)
    where = "guardrail-gw:share:{k}"
    raw = bytes((1,)) + b"k".ljust(64) + b"old"
    await server.run(lambda client: client.set("guardrail-gw:state:a", raw))
    await server.run(lambda client: client.set(f"{where}:used", 3))
    await server.run(lambda client: client.hset(f"{where}:sizes", "a", "3"))
    await server.run(lambda client: client.zadd(f"{where}:until", {"a": 9e15}))

    assert await store.get("a") == b"old"
    assert await store.swap("a", b"old", b"newer", ttl_s=60, shares=(KEY,))
    assert await store.get("a") == b"newer"
    assert await counted(server) == (5, 1)
