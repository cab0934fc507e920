"""What is kept per person does not grow with what each of them asks: `make soak`, in small.

The rooms that keep things per person run on a clock of the test's own, and what they hold is
counted in blocks of memory.
"""

import gc
import sys
import weakref
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from guardrail_gw.core.allowance import Asked, Budget, Every, Per, Rate
from guardrail_gw.core.counting import Denied, Reservation
from guardrail_gw.core.exchange import Arrival, Ending, Journal
from guardrail_gw.core.identity import Principal, RequestId
from guardrail_gw.core.ports import Counters
from guardrail_gw.errors import StateDown
from guardrail_gw.observability.metrics import Metrics
from guardrail_gw.routing.accounts import Accounts, Short
from guardrail_gw.routing.estimate import Estimate
from guardrail_gw.state.local_counters import LocalCounters
from guardrail_gw.state.memory_counters import MemoryCounters
from tests.soak.run import Flat
from tests.support.routing_world import OwnClock, deployment
from tests.support.world import world

USERS = 20
ROUNDS = 240
GROWS_BY = 400
"""Blocks of memory at most, from one third of the rounds to the next, in which 1,600 requests are
made: whatever is kept of each is a block at least."""

AGAIN = 20
"""Requests of a whole gateway, after which it is looked at."""

Ask = Callable[[int], Awaitable[None]]


async def grown(ask: Ask) -> int:
    """Blocks held at most in the last third of the rounds, beyond what the second third held."""
    third, held = ROUNDS // 3, list[int]()
    for number in range(ROUNDS * USERS):
        await ask(number)
        if number % USERS == 0:
            gc.collect(0)
            held.append(sys.getallocatedblocks())
    return max(held[2 * third :]) - max(held[third : 2 * third])


def asking(counters: Counters, clock: OwnClock, *, has_budget: bool) -> Ask:
    """One request of one of them: taken, answered, settled; a second passes."""
    budget = Budget(
        id="day",
        per=frozenset({Per.USER}),
        limit=10**15,
        is_money=True,
        every=Every.MONTH,
        zone=ZoneInfo("UTC"),
    )
    rate = Rate(id="user", per=frozenset({Per.USER}), requests=1000, tokens=10**9, concurrent=5)
    accounts = Accounts(
        counters=counters,
        budgets=[budget] * has_budget,
        rates=[rate],
        clock=clock,
        label=lambda words: words,
    )
    at, estimate = deployment("d"), Estimate(read=10, written=10)

    async def ask(number: int) -> None:
        clock.at_s += 1 if has_budget else 0.01  # alone, each second one more may have to be undone
        who = Principal(tenant="t", team="t", user=f"u{number % USERS}", key_id="k")
        asked = Asked(principal=who, endpoint="openai_chat", model="m")
        caller = await accounts.enter(asked, 20)
        held = await accounts.attempt(asked, at, estimate)
        assert not isinstance(held, Short)
        await accounts.settle(held, 1000, 15)
        await accounts.settle(caller, 0, 15)

    return ask


@pytest.mark.parametrize("kind", ["shared", "local", "alone"])
async def test_budgets_and_rates_hold_what_people_have_and_not_what_they_asked(kind: str) -> None:
    """In memory, with a second line that is not needed, and with one that is."""
    clock = OwnClock()
    counters: Counters = MemoryCounters(clock)
    if kind == "local":
        counters = LocalCounters(counters, clock, share=1.0)
    if kind == "alone":
        counters = LocalCounters(Down(clock), clock, share=1.0)

    assert await grown(asking(counters, clock, has_budget=kind != "alone")) < GROWS_BY


class Down(MemoryCounters):
    """A store that never answers."""

    async def reserve(self, *wanted: Reservation) -> Denied | None:
        raise StateDown("down")


async def test_metrics_do_not_know_people() -> None:
    """Labels are deployments and codes, so that their number does not follow the requests'."""
    metrics = Metrics()

    async def ask(number: int) -> None:
        arrival = Arrival(
            id=RequestId(f"r{number}"),
            surface="openai_chat",
            received_us=int(datetime(2026, 11, 26, tzinfo=UTC).timestamp()) + number,
        )
        metrics.ended(arrival, Journal(ending=Ending.OK, deployment="d"), duration_s=0.1)

    assert await grown(ask) < GROWS_BY


def test_what_grows_is_told() -> None:
    """From the reading on at which all is full; of fewer nothing is said."""
    flat = Flat(50_000, [100.0, 150.0] + [151.0] * 18)
    grows = Flat(50_000, [100.0 + number for number in range(20)])
    few = Flat(2_500, [100.0 + number for number in range(20)])

    assert flat.drift == pytest.approx(1 / 150)
    assert grows.drift == pytest.approx(18 / 101)
    assert few.drift is None


async def test_a_gateway_holds_nothing_of_what_was_asked(tmp_path: Path) -> None:
    """Sockets, log, budgets and all: what is kept of each request grows each time, nothing else."""
    budgets = [{"id": "day", "per": ["user"], "usd": 1000, "every": "day"}]
    rates = [{"id": "user", "per": ["user"], "requests_per_minute": 10_000, "concurrent": 9}]
    async with world(tmp_path, budgets=budgets, rates=rates) as here:

        async def held_after(requests: int) -> int:
            for number in range(requests):
                await here.ask(f"may person{number}@example.org have it?", stream=number % 4 == 0)
            for kept in (here.answers, here.us.received, here.eu.received, here.eu2.received):
                kept.clear()  # the test's own
            gc.collect()
            return sum(type(one) is not weakref.ref for one in gc.get_objects())

        gc.collect()
        gc.freeze()  # what is there by now, of other tests as well, is not looked through each time
        held = [await held_after(AGAIN) for _ in range(6)]

        assert min(later - before for before, later in pairwise(held)) < AGAIN
