"""One contract for every state store; whoever adds one adds it to the list."""

import asyncio
import multiprocessing
import sqlite3
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from guardrail_gw.core.ports import Share, StateStore
from guardrail_gw.errors import StateDown, StateFull
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.state.memory import MemoryStore
from guardrail_gw.state.redis.address import RedisAddress
from guardrail_gw.state.redis.server import RedisServer
from guardrail_gw.state.redis.store import RedisStore
from guardrail_gw.state.sqlite import SqliteStore
from tests.support.redis import Engine, redis
from tests.support.routing_world import OwnClock

Passing = Callable[[float], Awaitable[None]]


@pytest.fixture
def clock() -> OwnClock:
    """Time that passes when the test says so."""
    return OwnClock()


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """One server for the whole module."""
    with redis() as made:
        yield made


@pytest.fixture(params=["memory", "sqlite", "redis"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: OwnClock
) -> AsyncIterator[StateStore]:
    """Each store, started and empty."""
    made: StateStore
    match request.param:
        case "memory":
            made = MemoryStore(clock)
        case "sqlite":
            made = SqliteStore(tmp_path / "state.sqlite3", clock)
        case _:
            address = RedisAddress.read(request.getfixturevalue("engine").url)
            server = RedisServer(address, SystemClock(), timeout_s=5)
            await server.start()
            await server.run(lambda client: client.flushall())
            made = RedisStore(server)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
def passes(store: StateStore, clock: OwnClock) -> Passing:
    """Lets time pass for the store."""

    async def passed(seconds: float) -> None:
        clock.at_s += seconds

    return asyncio.sleep if isinstance(store, RedisStore) else passed


async def test_what_was_put_is_there_until_it_is_deleted(store: StateStore) -> None:
    """A later value takes the place of an earlier one, and names do not touch each other."""
    await store.put("a", b"1", ttl_s=60)
    await store.put("a", b"\0two", ttl_s=60)
    await store.put("b", b"", ttl_s=60)

    assert await store.get("a") == b"\0two"
    assert await store.get("b") == b""
    assert await store.delete("a")
    assert not await store.delete("a")
    assert (await store.get("a"), await store.get("b"), await store.get("c")) == (None, b"", None)


async def test_a_value_has_its_time(store: StateStore, passes: Passing) -> None:
    """To the moment; putting it again begins its time anew, and what is over can be made again."""
    await store.put("a", b"1", ttl_s=0.5)
    await store.put("b", b"1", ttl_s=0.5)
    await passes(0.3)
    await store.put("b", b"2", ttl_s=10)

    assert await store.get("a") == b"1"
    await passes(0.2)
    assert (await store.get("a"), await store.get("b")) == (None, b"2")
    assert not await store.delete("a")
    assert await store.swap("a", None, b"3", ttl_s=10)
    assert await store.get("a") == b"3"


async def test_a_swap_needs_the_value_that_is_there(store: StateStore, passes: Passing) -> None:
    """Whoever read something else changes nothing; None means that nothing is there."""
    assert not await store.swap("a", b"1", b"2", ttl_s=10)
    assert await store.swap("a", None, b"1", ttl_s=0.4)
    assert not await store.swap("a", None, b"2", ttl_s=10)
    assert not await store.swap("a", b"0", b"2", ttl_s=10)
    assert await store.swap("a", b"1", b"2", ttl_s=20)

    await passes(0.45)

    assert await store.get("a") == b"2"


async def test_of_many_swaps_at_once_each_counts(store: StateStore) -> None:
    """A counter that many raise loses none of them."""
    await store.put("n", b"0", ttl_s=60)

    async def raised() -> None:
        while True:
            old = await store.get("n")
            assert old is not None
            if await store.swap("n", old, b"%d" % (int(old) + 1), ttl_s=60):
                return

    async with asyncio.TaskGroup() as tasks:
        for _ in range(8):
            tasks.create_task(raised())

    assert await store.get("n") == b"8"


async def test_what_is_over_makes_room(clock: OwnClock) -> None:
    """Memory is bounded in bytes; what is still in its time is never thrown away."""
    store = MemoryStore(clock, max_bytes=10)
    await store.put("a", b"12345", ttl_s=1)
    await store.put("b", b"12345", ttl_s=9)

    with pytest.raises(StateDown):
        await store.put("c", b"1", ttl_s=9)
    clock.at_s += 2
    await store.put("c", b"12345", ttl_s=9)

    assert (await store.get("a"), await store.get("b")) == (None, b"12345")


async def test_a_store_does_not_grow_without_bound(tmp_path: Path, clock: OwnClock) -> None:
    """Full, it refuses what is new and keeps what is there, until something is over its time."""
    file = SqliteStore(tmp_path / "state.sqlite3", clock, max_bytes=1 << 20)
    held = MemoryStore(clock, max_bytes=1 << 20)
    for store in (file, held):
        await store.put("first", b"1" * 1000, ttl_s=10)
        with pytest.raises(StateDown):
            for number in range(20):
                await store.put(f"{number}", bytes(100_000), ttl_s=10)
        assert await store.get("first") == b"1" * 1000

    clock.at_s += 11

    for store in (file, held):
        await store.put("second", bytes(500_000), ttl_s=10)
        assert await store.get("first") is None
    size = await asyncio.to_thread(lambda: (tmp_path / "state.sqlite3").stat().st_size)
    assert size <= 1 << 20
    await file.close()


async def test_a_file_forgets_what_is_over(tmp_path: Path, clock: OwnClock) -> None:
    """Every write takes some of it away, and the pages are overwritten."""
    path = tmp_path / "state.sqlite3"
    store = SqliteStore(path, clock)
    await store.put("old", b"canary-7f3a" * 10, ttl_s=1)
    clock.at_s += 2
    await store.put("new", b"1", ttl_s=1)
    await store.close()

    assert await asyncio.to_thread(_names, path) == ["new"]
    assert b"canary-7f3a" not in await asyncio.to_thread(path.read_bytes)


async def test_a_file_is_its_owners_alone_and_outlives_the_process(
    tmp_path: Path, clock: OwnClock
) -> None:
    """Another store of the same file, later or at the same time, sees what was put."""
    path = tmp_path / "state.sqlite3"
    one, other = SqliteStore(path, clock), SqliteStore(path, clock)
    await one.put("a", b"1", ttl_s=60)

    assert await other.swap("a", b"1", b"2", ttl_s=60)
    assert await one.get("a") == b"2"
    await one.close()
    await other.close()

    mode = await asyncio.to_thread(lambda: stat.S_IMODE(path.stat().st_mode))
    assert mode == 0o600


async def test_processes_do_not_lose_each_others_swaps(tmp_path: Path) -> None:
    """Two processes raise one counter together, and it counts both."""
    path = tmp_path / "state.sqlite3"
    spawn = multiprocessing.get_context("spawn")
    both = spawn.Barrier(2, timeout=60)
    processes = [spawn.Process(target=_raise, args=(path, 100, both)) for _ in range(2)]

    def run() -> None:
        for process in processes:
            process.start()
        for process in processes:
            process.join(60)

    await asyncio.to_thread(run)
    store = SqliteStore(path, OwnClock())

    assert [process.exitcode for process in processes] == [0, 0]
    assert await store.get("n") == b"200"
    await store.close()


@pytest.mark.parametrize("damage", ["folder", "missing", "garbage"])
async def test_a_file_that_cannot_be_used_refuses(
    tmp_path: Path, clock: OwnClock, damage: str
) -> None:
    """Every method says so, and nothing else; once it is mended, the store works."""
    path = tmp_path / "in" / "state.sqlite3"
    if damage != "missing":
        path.parent.mkdir()
    if damage == "folder":
        path.mkdir()
    if damage == "garbage":
        path.write_bytes(b"this is no database, and long enough to be read as one" * 40)
    store = SqliteStore(path, clock)

    for asked in (store.start(), store.get("a"), store.delete("a"), store.put("a", b"", ttl_s=1)):
        with pytest.raises(StateDown) as down:
            await asked
        assert str(path) not in down.value.detail
    await asyncio.to_thread(_mend, path)

    await store.put("a", b"1", ttl_s=60)
    assert await store.get("a") == b"1"
    await store.close()


async def test_a_store_that_is_closed_refuses(tmp_path: Path, clock: OwnClock) -> None:
    """Nothing is taken that would be lost."""
    store = SqliteStore(tmp_path / "state.sqlite3", clock)
    await store.close()

    with pytest.raises(StateDown):
        await store.put("a", b"1", ttl_s=60)


def _names(path: Path) -> list[str]:
    with sqlite3.connect(path) as database:
        return [name for (name,) in database.execute("SELECT name FROM state")]


def _mend(path: Path) -> None:
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    path.parent.mkdir(exist_ok=True)


def _raise(path: Path, times: int, both: Barrier) -> None:
    async def run() -> None:
        store = SqliteStore(path, OwnClock())
        await store.start()
        both.wait()
        for _ in range(times):
            done = False
            while not done:
                old = await store.get("n")
                done = await store.swap("n", old, b"%d" % (int(old or 0) + 1), ttl_s=3600)
        await store.close()

    asyncio.run(run())


KEY = Share(name="k", of="key", max_bytes=10)
TENANT = Share(name="t", of="tenant", max_bytes=15)


async def test_nobody_takes_more_than_a_share(store: StateStore, passes: Passing) -> None:
    """A value counts once, whatever was there before it; what goes, or is over, gives room."""
    await store.put("a", b"12345678", ttl_s=10, shares=(KEY, TENANT))
    await store.put("a", b"123456", ttl_s=10, shares=(KEY, TENANT))
    with pytest.raises(StateFull) as key:
        await store.put("b", b"12345", ttl_s=10, shares=(KEY, TENANT))
    await store.put("b", b"1234", ttl_s=1, shares=(KEY, TENANT))
    with pytest.raises(StateFull) as tenant:
        await store.put("c", b"123456", ttl_s=10, shares=(TENANT,))
    with pytest.raises(StateFull):
        await store.swap("a", b"123456", b"1234567", ttl_s=10, shares=(KEY, TENANT))
    await store.put("d", b"1" * 100, ttl_s=10)

    assert (key.value.facts["bound"], tenant.value.facts["bound"]) == ("key", "tenant")
    assert [await store.get(name) for name in "abc"] == [b"123456", b"1234", None]
    assert await store.delete("a")
    assert await store.swap("c", None, b"123456", ttl_s=10, shares=(KEY, TENANT))
    await passes(1.1)
    await store.put("e", b"1234", ttl_s=10, shares=(KEY, TENANT))
    assert await store.get("e") == b"1234"


async def test_a_value_that_changes_hands_counts_for_its_new_owner(store: StateStore) -> None:
    """The share of the earlier one is given back."""
    other = Share(name="k2", of="key", max_bytes=10)
    await store.put("a", b"1" * 10, ttl_s=10, shares=(KEY,))
    await store.put("a", b"2" * 10, ttl_s=10, shares=(other,))

    await store.put("b", b"3" * 10, ttl_s=10, shares=(KEY,))

    with pytest.raises(StateFull):
        await store.put("c", b"4", ttl_s=10, shares=(other,))


async def test_shares_outlive_the_process(tmp_path: Path, clock: OwnClock) -> None:
    """A file knows whose is how much when it is opened again."""
    file = tmp_path / "state.sqlite3"
    for _ in range(2):
        store = SqliteStore(file, clock)
        await store.put("a", b"1" * 10, ttl_s=10, shares=(KEY,))
        await store.close()
    again = SqliteStore(file, clock)

    with pytest.raises(StateFull):
        await again.put("b", b"1", ttl_s=10, shares=(KEY,))

    await again.close()
