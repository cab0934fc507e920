"""Addresses of names: how long they are used, and what happens when nobody can be asked."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp.abc import ResolveResult

from guardrail_gw.upstreams.names import MOST, NameBounds, Names

HOST = "llm.example"


class Directory:
    """Answers look-ups with what is in it; may be told to wait."""

    def __init__(self, *addresses: str) -> None:
        self.addresses: list[str] = list(addresses)
        self.asked = 0
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(
        self, host: str, port: int, family: socket.AddressFamily
    ) -> list[ResolveResult]:
        """One look-up."""
        self.asked += 1
        await self.go.wait()
        if not self.addresses:
            raise socket.gaierror(socket.EAI_NONAME, "nobody of that name")
        return [
            ResolveResult(hostname=host, host=a, port=port, family=family, proto=0, flags=0)
            for a in self.addresses
        ]


@asynccontextmanager
async def naming(directory: Directory, **bounds: float) -> AsyncIterator[Names]:
    """Names that are looked up in a directory."""
    names = Names(NameBounds(**bounds), directory)
    yield names
    await names.close()


async def hosts(names: Names, host: str = HOST) -> list[str]:
    """The addresses, in the order in which they are tried."""
    return [each["host"] for each in await names.resolve(host, 443)]


async def settled(directory: Directory, times: int) -> None:
    """Wait for so many look-ups, and for what follows from them."""
    while directory.asked < times:  # noqa: ASYNC110 - the next turn of the loop is enough
        await asyncio.sleep(0)
    for _ in range(5):
        await asyncio.sleep(0)


async def test_within_its_time_a_name_is_asked_for_once() -> None:
    """All addresses are given each time, another one first."""
    directory = Directory("192.0.2.1", "192.0.2.2")

    async with naming(directory) as names:
        given = [await hosts(names) for _ in range(3)]

    one, two = ["192.0.2.1", "192.0.2.2"], ["192.0.2.2", "192.0.2.1"]
    assert given == [one, two, one]
    assert directory.asked == 1


async def test_more_names_at_once_than_are_kept_are_all_found() -> None:
    """Whoever waited for a name has its addresses, though others have taken its place by then."""
    directory = Directory("192.0.2.1")
    directory.go.clear()
    count = MOST + 64

    async with naming(directory) as names:
        asking = [asyncio.ensure_future(hosts(names, f"{n}.example")) for n in range(count)]
        await settled(directory, count)
        directory.go.set()
        given = await asyncio.gather(*asking)

    assert given == [["192.0.2.1"]] * count


async def test_many_at_once_ask_once() -> None:
    """Who comes while somebody asks waits for the same answer, also if that one leaves."""
    directory = Directory("192.0.2.1")
    directory.go.clear()

    async with naming(directory) as names:
        first = asyncio.ensure_future(hosts(names))
        others = [asyncio.ensure_future(hosts(names)) for _ in range(9)]
        await settled(directory, 1)
        first.cancel()
        directory.go.set()
        given = await asyncio.gather(*others)

    assert given == [["192.0.2.1"]] * 9
    assert directory.asked == 1


async def test_a_change_is_noticed_and_nobody_waits_for_it() -> None:
    """When its time is over an answer is used once more while a new one is asked for."""
    directory = Directory("192.0.2.1")

    async with naming(directory, ttl_s=1e-9, stale_s=60.0) as names:
        before = await hosts(names)
        directory.addresses = ["192.0.2.9"]
        meanwhile = await hosts(names)
        await settled(directory, 2)
        after = await hosts(names)

    assert (before, meanwhile, after) == (["192.0.2.1"], ["192.0.2.1"], ["192.0.2.9"])


async def test_what_is_known_is_used_while_nobody_can_be_asked_and_not_for_ever() -> None:
    """An outage of the directory is outlived by so long; then the name has no address."""
    directory = Directory("192.0.2.1")

    async with naming(directory, ttl_s=1e-9, stale_s=60.0, failed_s=1e-9) as names:
        await hosts(names)
        directory.addresses = []
        await hosts(names)
        await settled(directory, 2)
        used = await hosts(names)
    async with naming(directory, ttl_s=1e-9, stale_s=1e-9, failed_s=1e-9) as names:
        directory.addresses = ["192.0.2.1"]
        await hosts(names)
        directory.addresses = []
        with pytest.raises(OSError, match="nobody"):
            await hosts(names)

    assert used == ["192.0.2.1"]


async def test_what_does_not_exist_is_remembered_for_a_moment() -> None:
    """A name without addresses is not asked for again at once; later it is."""
    directory = Directory()

    async with naming(directory, failed_s=60.0) as names:
        for _ in range(3):
            with pytest.raises(OSError, match="nobody"):
                await hosts(names)
        asked, failed = names.asked, names.failed
    async with naming(directory, failed_s=1e-9) as names:
        with pytest.raises(OSError, match="nobody"):
            await hosts(names)
        directory.addresses = ["192.0.2.1"]
        found = await hosts(names)

    assert (asked, failed) == (1, 1)
    assert found == ["192.0.2.1"]


async def test_addresses_where_nobody_was_are_asked_for_anew() -> None:
    """After a failed connection the next one waits for a new answer; of an outage it takes the old.

    An answer that is only a moment old is believed all the same.
    """
    directory = Directory("192.0.2.1")

    async with naming(directory, doubt_s=60.0) as names:
        await hosts(names)
        names.doubt(HOST)
        believed = (await hosts(names), directory.asked)
    async with naming(directory, doubt_s=0.0) as names:
        await hosts(names)
        names.doubt(HOST)
        directory.addresses = ["192.0.2.9"]
        moved = await hosts(names)
        names.doubt(HOST)
        directory.addresses = []
        kept = await hosts(names)

    assert believed == (["192.0.2.1"], 1)
    assert (moved, kept) == (["192.0.2.9"], ["192.0.2.9"])


async def test_no_more_names_are_kept_than_there_is_room_for() -> None:
    """The one that was used longest ago is asked for again."""
    directory = Directory("192.0.2.1")

    async with naming(directory) as names:
        for number in range(MOST + 1):
            await hosts(names, f"{number}.example")
        asked = directory.asked
        await hosts(names, f"{MOST}.example")
        await hosts(names, "0.example")

    assert (asked, directory.asked) == (MOST + 1, MOST + 2)


async def test_the_system_is_asked_if_nobody_else_is() -> None:
    """A machine knows its own name; a label that no name may have is an error like any other."""
    names = Names(NameBounds())
    local = await hosts(names, "localhost")
    with pytest.raises(OSError, match="not a name"):
        await hosts(names, "x" * 64 + ".example")
    await names.close()

    assert set(local) <= {"127.0.0.1", "::1"}
    assert local
