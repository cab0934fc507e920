"""One contract for every store of counters; whoever adds one adds it to the list."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from guardrail_gw.core.counting import (
    BudgetClaim,
    Claim,
    Denied,
    RateClaim,
    Reservation,
    SlotClaim,
)
from guardrail_gw.core.ports import Counters
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.state.local_counters import LocalCounters
from guardrail_gw.state.memory_counters import MemoryCounters
from guardrail_gw.state.redis.address import RedisAddress
from guardrail_gw.state.redis.counters import RedisCounters
from guardrail_gw.state.redis.server import RedisServer
from guardrail_gw.state.sqlite_counters import SqliteCounters
from tests.support.redis import Engine, redis
from tests.support.routing_world import OwnClock


@dataclass
class World:
    """A store, and how time passes for it."""

    counters: Counters
    passes: Callable[[float], Awaitable[None]]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """One server for the whole module."""
    with redis() as made:
        yield made


@pytest.fixture(params=["memory", "sqlite", "redis", "local"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """Each store, started and empty."""
    clock = OwnClock()

    async def moved(seconds: float) -> None:
        clock.at_s += seconds

    passes: Callable[[float], Awaitable[None]] = moved
    made: Counters
    match request.param:
        case "memory":
            made = MemoryCounters(clock)
        case "local":  # a second line, while it is not needed
            made = LocalCounters(MemoryCounters(clock), clock, share=0.1)
        case "sqlite":
            made = SqliteCounters(tmp_path / "counters.sqlite3", clock)
        case _:
            passes = asyncio.sleep
            address = RedisAddress.read(request.getfixturevalue("engine").url)
            server = RedisServer(address, SystemClock(), timeout_s=5)
            await server.start()
            await server.run(lambda client: client.flushall())
            made = RedisCounters(server)
    await made.start()
    yield World(made, passes)
    await made.close()


def wanted(id_: str, *claims: Claim, lease_s: float = 60) -> Reservation:
    """A reservation of these."""
    return Reservation(id=id_, home="acme", claims=claims, lease_s=lease_s)


def budget(amount: int, limit: int = 100, name: str = "b", ttl_s: float = 60) -> BudgetClaim:
    """So much of a budget."""
    return BudgetClaim(name=name, amount=amount, limit=limit, ttl_s=ttl_s)


async def test_a_budget_holds_what_is_reserved_until_it_is_settled(world: World) -> None:
    """What was used takes the place of what was reserved; the limit is reached, never passed."""
    counters, first = world.counters, wanted("1", budget(60))

    assert await counters.reserve(first) is None
    denied = await counters.reserve(wanted("2", budget(41)))
    assert denied == Denied(claim=budget(41), used=60)
    assert await counters.reserve(wanted("3", budget(40))) is None

    assert await counters.settle(first, {"b": 10}) == {"b": 50}
    assert await counters.used("acme", ["b", "none"]) == {"b": 50, "none": 0}


async def test_nothing_always_fits(world: World) -> None:
    """Where a budget is used up, or more than that; what it came to is counted all the same."""
    counters, first, free = world.counters, wanted("1", budget(100)), wanted("2", budget(0))
    await counters.reserve(first)
    await counters.settle(first, {"b": 130})

    assert await counters.reserve(wanted("3", budget(1))) == Denied(claim=budget(1), used=130)
    assert await counters.reserve(free) is None
    assert await counters.settle(free, {"b": 5}) == {"b": 135}


async def test_settling_counts_once(world: World) -> None:
    """A second time changes nothing, nor does one of a reservation that was never granted."""
    counters, held = world.counters, wanted("1", budget(60))
    await counters.reserve(held)

    assert await counters.settle(held, {"b": 70}) == {"b": 70}
    assert await counters.settle(held, {"b": 0}) is None
    assert await counters.settle(wanted("2", budget(5)), {"b": 0}) is None

    assert await counters.used("acme", ["b"]) == {"b": 70}


async def test_what_nobody_says_was_used_as_reserved(world: World) -> None:
    """A claim that the settlement does not name stays as it is."""
    counters = world.counters
    held = wanted("1", budget(60), budget(7, name="tokens"))
    await counters.reserve(held)

    assert await counters.settle(held, {"b": 0}) == {"b": 0, "tokens": 7}


async def test_all_claims_or_none(world: World) -> None:
    """The first that does not fit is named, and nothing of the others is taken."""
    counters = world.counters
    rate = RateClaim(name="r", amount=1, limit=1, period_s=60)
    small = budget(2, limit=1, name="small")

    denied = await counters.reserve(
        wanted("1", budget(5), rate, SlotClaim(name="s", limit=1), small)
    )

    assert denied is not None
    assert denied.claim == small
    assert denied.fits_never
    assert await counters.used("acme", ["b", "small"]) == {"b": 0, "small": 0}
    assert await counters.reserve(wanted("2", rate, SlotClaim(name="s", limit=1))) is None


async def test_several_reservations_are_taken_together_or_not_at_all(world: World) -> None:
    """A claim of the last that does not fit leaves all of them out; each is settled by itself."""
    counters, slot = world.counters, SlotClaim(name="s", limit=1)
    rate = RateClaim(name="r", amount=1, limit=1, period_s=60)
    callers, attempt = wanted("1", rate, slot, lease_s=0.3), wanted("2", budget(60))

    denied = await counters.reserve(callers, wanted("0", budget(101)))
    assert denied == Denied(claim=budget(101), used=0)
    assert await counters.reserve(callers, attempt) is None
    assert await counters.reserve(wanted("3", budget(40)), wanted("4", slot)) == Denied(
        claim=slot, used=1
    )

    assert await counters.settle(attempt, {"b": 10}) == {"b": 10}
    assert await counters.settle(attempt, {"b": 0}) is None
    assert await counters.reserve(wanted("4", slot)) is not None
    assert await counters.settle(callers, {"r": 0}) == {}
    assert await counters.reserve(wanted("4", rate, slot), wanted("5", budget(90))) is None


async def test_a_rate_lets_through_what_a_period_holds(world: World) -> None:
    """At once as many as the limit; then one more for each interval, and it says when."""
    counters = world.counters
    claim = RateClaim(name="r", amount=2, limit=4, period_s=0.8)

    assert await counters.reserve(wanted("1", claim)) is None
    assert await counters.reserve(wanted("2", claim)) is None
    denied = await counters.reserve(wanted("3", claim))

    assert denied is not None
    assert denied.wait_s is not None
    assert 0.2 < denied.wait_s < 0.41
    await world.passes(denied.wait_s + 0.01)
    assert await counters.reserve(wanted("3", claim)) is None
    assert await counters.reserve(wanted("4", claim)) is not None


async def test_a_rate_is_corrected_by_what_was_used(world: World) -> None:
    """Less than reserved makes room at once; more than reserved has to be waited for."""
    counters = world.counters
    held = wanted("1", RateClaim(name="r", amount=100, limit=100, period_s=60))
    await counters.reserve(held)
    rest = RateClaim(name="r", amount=60, limit=100, period_s=60)

    assert await counters.reserve(wanted("2", rest)) is not None
    await counters.settle(held, {"r": 30})
    again = wanted("3", rest)
    assert await counters.reserve(again) is None
    await counters.settle(again, {"r": 270})
    denied = await counters.reserve(
        wanted("4", RateClaim(name="r", amount=1, limit=100, period_s=60))
    )

    assert denied is not None
    assert denied.wait_s is not None
    assert 100 < denied.wait_s < 122


async def test_slots_are_free_when_settled_or_when_their_lease_is_over(world: World) -> None:
    """Whoever died holds nobody up for longer than a lease."""
    counters, slot = world.counters, SlotClaim(name="s", limit=2)
    first, second = wanted("1", slot, lease_s=0.3), wanted("2", slot, lease_s=60)

    assert await counters.reserve(first) is None
    assert await counters.reserve(second) is None
    denied = await counters.reserve(wanted("3", slot))
    assert denied == Denied(claim=slot, used=2)
    await counters.settle(second, {})
    assert await counters.reserve(wanted("3", slot)) is None
    assert await counters.reserve(wanted("4", slot)) is not None
    await world.passes(0.35)

    assert await counters.reserve(wanted("4", slot)) is None
    assert await counters.reserve(wanted("5", slot)) is not None


async def test_a_lease_that_is_renewed_goes_on(world: World) -> None:
    """As long as its request is under way."""
    counters, slot = world.counters, SlotClaim(name="s", limit=1)
    held = wanted("1", slot, lease_s=0.4)
    await counters.reserve(held)
    await world.passes(0.25)

    await counters.renew([held])
    await world.passes(0.25)

    assert await counters.reserve(wanted("2", slot)) is not None
    await world.passes(0.2)
    assert await counters.reserve(wanted("2", slot)) is None


async def test_what_outlives_a_lease_is_settled_all_the_same(world: World) -> None:
    """A long answer of a rate alone: its slot is free and its tokens are corrected at its end."""
    counters, slot = world.counters, SlotClaim(name="s", limit=1)
    tokens = RateClaim(name="t", amount=100, limit=100, period_s=60)
    held = wanted("1", slot, tokens, lease_s=0.2)
    await counters.reserve(held)
    await world.passes(0.15)
    await counters.renew([held])
    await world.passes(0.1)

    assert await counters.settle(held, {"t": 10}) is not None

    assert (
        await counters.reserve(
            wanted("2", slot, RateClaim(name="t", amount=80, limit=100, period_s=60))
        )
        is None
    )


async def test_a_window_that_is_over_is_forgotten(world: World) -> None:
    """A counter past its time counts from nothing, and what was reserved in it settles nowhere."""
    counters = world.counters
    held = wanted("1", budget(60, ttl_s=0.2), lease_s=0.2)
    await counters.reserve(held)

    await world.passes(0.25)

    assert await counters.used("acme", ["b"]) == {"b": 0}
    assert await counters.settle(held, {"b": 99}) is None
    assert await counters.reserve(wanted("2", budget(100))) is None
    assert await counters.used("acme", ["b"]) == {"b": 100}


async def test_of_many_at_once_no_more_are_granted_than_fit(world: World) -> None:
    """200 want a fiftieth of the budget each: 50 get it, and their settlements add up."""
    counters = world.counters

    async def asked(number: int) -> Reservation | None:
        one = wanted(f"{number}", budget(2), SlotClaim(name="s", limit=500))
        return one if await counters.reserve(one) is None else None

    granted = [one for one in await asyncio.gather(*map(asked, range(200))) if one is not None]
    await asyncio.gather(*(counters.settle(one, {"b": 1}) for one in granted))

    assert len(granted) == 50
    assert await counters.used("acme", ["b"]) == {"b": 50}


async def test_what_is_over_goes_from_the_file(tmp_path: Path) -> None:
    """600 users who asked once, and are over their time: few rows are left of them."""
    clock, path = OwnClock(), tmp_path / "counters.sqlite3"
    counters = SqliteCounters(path, clock)
    for number in range(600):
        clock.at_s += 0.1
        name = f"user-{number}"
        rate = RateClaim(name=f"rate of {name}", amount=1, limit=10, period_s=10)
        claims = (budget(1, name=name, ttl_s=5), rate, SlotClaim(name=name, limit=1))
        held = wanted(f"{number}", *claims, lease_s=5)
        await counters.reserve(held)
        await counters.settle(held, {name: 1})
    await counters.close()

    def rows() -> dict[str, int]:
        database = sqlite3.connect(path)
        tables = ("budget", "rate", "slot", "held")
        counts = {t: database.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables}  # noqa: S608 - names of ours
        database.close()
        return counts

    left = await asyncio.to_thread(rows)
    assert left["slot"] == left["held"] == 0
    assert left["budget"] < 100
    assert left["rate"] < 100


async def test_settled_reservations_take_no_room() -> None:
    """10,000 requests of a month's budget later, memory holds that budget and little else."""
    clock = OwnClock()
    counters = MemoryCounters(clock)
    for number in range(10_000):
        clock.at_s += 0.01
        name = f"user-{number % 50}"
        held = wanted(f"{number}", budget(1, limit=10_000, name=name, ttl_s=2_700_000))
        await counters.reserve(held)
        await counters.settle(held, {name: 1})

    assert len(counters._ends) < 2000  # noqa: SLF001 - the point of the test
    assert await counters.used("acme", ["user-7"]) == {"user-7": 200}


@pytest.mark.allow_blocking
@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_is_set_locks_nobody_out(tmp_path: Path, hours: int) -> None:
    """Ahead and back again: what a rate has left, and leases, are what they would be without it."""
    clock = OwnClock()
    counters = SqliteCounters(tmp_path / "counters.sqlite3", clock)
    await counters.start()
    rate = RateClaim(name="r", amount=1, limit=10, period_s=10)
    slot = SlotClaim(name="s", limit=1)

    async def takes(id_: str, *claims: Claim) -> bool:
        return await counters.reserve(wanted(id_, *claims)) is None

    assert all([await takes(f"a{n}", rate) for n in range(9)])
    clock.at_s += 3600 * hours
    assert await takes("b", rate, slot)
    clock.at_s -= 3600 * hours
    after = [await takes(f"c{n}", rate) for n in range(12)]

    assert any(after)
    assert not all(after)
    clock.at_s += 61
    assert await takes("d", slot)
    await counters.close()
