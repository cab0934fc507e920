"""Budgets and rates, kept over counters that can fail."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from guardrail_gw.core.allowance import Asked, Budget, Every, OnExceed, Per, Rate
from guardrail_gw.core.amounts import Price
from guardrail_gw.core.counting import Reservation
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.identity import Principal
from guardrail_gw.errors import RateExceeded, StateDown
from guardrail_gw.routing.accounts import Accounts, Held, Short
from guardrail_gw.routing.claims import counters_of
from guardrail_gw.routing.estimate import Estimate
from tests.support.routing_world import OwnClock
from tests.support.shaky import Shaky

PRICE = Price(input=Decimal(1), output=Decimal(1), cached_input=Decimal(0))
TEN = Estimate(read=4, written=6)
"""10,000 billionths at that price."""
UTC = ZoneInfo("UTC")


@dataclass
class Room:
    """Accounts over counters of a test's own."""

    accounts: Accounts
    counters: Shaky
    clock: OwnClock
    told: list[tuple[str, int, int]] = field(default_factory=list)

    async def taken(self, asked: Asked, estimate: Estimate = TEN) -> Sequence[Held]:
        """An attempt that there is room for."""
        held = await self.accounts.attempt(asked, deployment(), estimate)
        assert not isinstance(held, Short)
        return held


@asynccontextmanager
async def room(
    *, budgets: Sequence[Budget] = (), rates: Sequence[Rate] = ()
) -> AsyncIterator[Room]:
    """With these allowances."""
    clock = OwnClock()
    counters = Shaky(clock)
    told: list[tuple[str, int, int]] = []
    accounts = Accounts(
        counters=counters,
        budgets=budgets,
        rates=rates,
        clock=clock,
        label=lambda words: words,
        told=lambda r: told.append((r.budget.id, r.percent, r.used)),
    )
    await accounts.start()
    try:
        yield Room(accounts, counters, clock, told)
    finally:
        await accounts.close()


def asked(**who: str) -> Asked:
    """Who asks."""
    named: dict[str, Any] = {"tenant": "acme", "team": "sales", "user": "anna", "key_id": "k1"}
    named |= who
    return Asked(principal=Principal(**named), endpoint="openai_chat", model="assistant")


def deployment(price: Price | None = PRICE) -> Deployment:
    """Who is asked."""
    nowhere: Any = frozenset()
    return Deployment(
        id="d",
        provider="p",
        model="m",
        base_url="http://127.0.0.1:1",
        dialect="openai_chat",
        inference=nowhere,
        storage=nowhere,
        price=price,
    )


def budget(limit: int, **more: Any) -> Budget:
    """So many billionths a month."""
    said = {"id": "month", "is_money": True, "every": Every.MONTH, "zone": UTC, **more}
    return Budget(limit=limit, **said)


async def test_what_is_reserved_is_out_of_reach_and_what_is_settled_comes_back() -> None:
    """Room for two at the reserved price; the first used less, so there is room for a third."""
    async with room(budgets=[budget(20_000)]) as here:
        first = await here.taken(asked())
        await here.taken(asked())

        short = await here.accounts.attempt(asked(), deployment(), TEN)
        await here.accounts.settle(first, 0, 0)
        third = await here.accounts.attempt(asked(), deployment(), TEN)

        assert isinstance(short, Short)
        assert short.due.allowance.id == "month"
        assert not isinstance(third, Short)
        assert here.accounts.tally.refused == {"month": 1}


async def test_each_of_what_is_counted_separately_has_its_own() -> None:
    """Another team, and the team of that name of another tenant."""
    async with room(budgets=[budget(10_000, per=frozenset({Per.TEAM}))]) as here:
        await here.taken(asked())
        await here.taken(asked(team="hr"))
        await here.taken(asked(tenant="globex"))

        assert isinstance(await here.accounts.attempt(asked(user="b"), deployment(), TEN), Short)


async def test_a_window_that_begins_has_room_again() -> None:
    """And an answer that ends in it is settled in the one that it began in."""
    minute = budget(10_000, every=Every.MINUTE)
    async with room(budgets=[minute]) as here:
        before = await here.taken(asked())
        here.clock.at_s += 60

        await here.taken(asked())
        await here.accounts.settle(before, 5_000, 0)

        assert isinstance(await here.accounts.attempt(asked(), deployment(), TEN), Short)


async def test_what_fits_one_budget_and_not_another_takes_nothing() -> None:
    """Also where they are counted in different places."""
    own, all_ = budget(50_000, id="own", per=frozenset({Per.TENANT})), budget(10_000, id="all")
    async with room(budgets=[own, all_]) as here:
        await here.taken(asked())
        for _ in range(9):
            assert isinstance(await here.accounts.attempt(asked(), deployment(), TEN), Short)

        names = [name for name in here.counters._counters if "|own|" in name]  # noqa: SLF001 - its counters
        used = await here.counters.used("", names)

        assert list(used.values()) == [10_000]


async def test_tokens_are_counted_apart_from_money() -> None:
    """And corrected by what was used."""
    tokens = budget(15, id="tokens", is_money=False)
    async with room(budgets=[tokens]) as here:
        held = await here.taken(asked())
        assert isinstance(await here.accounts.attempt(asked(), deployment(), TEN), Short)

        await here.accounts.settle(held, 999, 5)

        await here.taken(asked())


async def test_a_budget_that_warns_lets_everything_through_and_counts_it() -> None:
    """Those beyond it are in the tally."""
    warns = budget(10_000, on_exceed=OnExceed.WARN)
    async with room(budgets=[warns]) as here:
        for _ in range(3):
            await here.accounts.settle(await here.taken(asked()), 10_000, 10)

        assert here.accounts.tally.over == {"month": 2}
        assert not here.accounts.must_be_priced(asked())


async def test_each_percent_is_told_once_in_a_window() -> None:
    """By whoever gets there first, of all who share the counters."""
    async with room(budgets=[budget(100_000, every=Every.MINUTE)]) as here:
        other = Accounts(
            counters=here.counters,
            budgets=[budget(100_000, every=Every.MINUTE)],
            rates=[],
            clock=here.clock,
            label=lambda words: words,
            told=lambda r: here.told.append((r.budget.id, r.percent, r.used)),
        )
        for accounts in (here.accounts, other) * 5:
            held = await accounts.attempt(asked(), deployment(), TEN)
            assert not isinstance(held, Short)
            await accounts.settle(held, 10_000, 10)

        assert [(name, percent) for name, percent, _ in here.told] == [
            ("month", 80),
            ("month", 95),
            ("month", 100),
        ]
        here.clock.at_s += 60
        await here.accounts.settle(await here.taken(asked()), 80_000, 10)
        assert here.told[3:] == [("month", 80, 80_000)]


async def test_a_percent_of_a_budget_that_began_anew_is_told_again() -> None:
    """A minute later at the latest, though this process knows that it was told."""
    month = budget(100_000)
    async with room(budgets=[month]) as here:
        await here.accounts.settle(await here.taken(asked()), 85_000, 10)
        counters = counters_of(month, month.whose(asked()), here.clock.now_us(), lambda w: w)

        await here.counters.begin_anew(counters.home, (*counters.names, *counters.marks))
        here.clock.at_s += 61
        for _ in range(2):
            await here.accounts.settle(await here.taken(asked()), 42_500, 10)

        assert here.told == [("month", 80, 85_000)] * 2


async def test_a_rate_refuses_and_says_when() -> None:
    """Honestly: then it does fit."""
    async with room(rates=[Rate(id="rpm", requests=2)]) as here:
        await here.accounts.enter(asked(), 1)
        await here.accounts.enter(asked(), 1)

        with pytest.raises(RateExceeded) as refused:
            await here.accounts.enter(asked(), 1)
        assert refused.value.code == "limits.requests"
        assert refused.value.retry_after_s == pytest.approx(30)
        here.clock.at_s += refused.value.retry_after_s or 0

        await here.accounts.enter(asked(), 1)


async def test_a_queue_waits_its_turn_and_no_longer() -> None:
    """What would come too late is refused at once."""
    async with room(rates=[Rate(id="rpm", requests=1, queue_s=60)]) as here:
        await here.accounts.enter(asked(), 1)

        await here.accounts.enter(asked(), 1)
        await here.accounts.enter(asked(), 1)

        assert sum(here.clock.slept) == pytest.approx(120)
        short = Rate(id="rpm", requests=1, queue_s=1)
    async with room(rates=[short]) as here:
        await here.accounts.enter(asked(), 1)
        with pytest.raises(RateExceeded):
            await here.accounts.enter(asked(), 1)
        assert here.clock.slept == []


async def test_more_tokens_than_a_minute_has_are_refused_for_good() -> None:
    """Waiting would not help, so nobody is told to."""
    async with room(rates=[Rate(id="tpm", tokens=100, queue_s=60)]) as here:
        with pytest.raises(RateExceeded) as refused:
            await here.accounts.enter(asked(), 101)

        assert (refused.value.code, refused.value.retry_after_s) == ("limits.tokens", None)


async def test_tokens_that_were_not_used_are_there_for_others() -> None:
    """As soon as the answer has ended."""
    async with room(rates=[Rate(id="tpm", tokens=100)]) as here:
        held = await here.accounts.enter(asked(), 90)
        with pytest.raises(RateExceeded):
            await here.accounts.enter(asked(), 90)

        await here.accounts.settle(held, 0, 10)

        await here.accounts.enter(asked(), 90)


async def test_only_so_many_are_under_way_at_once() -> None:
    """Whoever leaves makes room, and who waits gets it."""
    async with room(rates=[Rate(id="few", concurrent=1, queue_s=60)]) as here:
        held = await here.accounts.enter(asked(), 1)
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(here.accounts.enter(asked(), 1))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert not waiting.done()

            await here.accounts.settle(held, 0, 1)

        assert waiting.result()


async def test_a_request_that_another_rate_refuses_has_not_been_counted() -> None:
    """Neither as a request nor as one under way."""
    rates = [
        Rate(id="own", tokens=10, per=frozenset({Per.TENANT})),
        Rate(id="all", requests=1, concurrent=1),
    ]
    async with room(rates=rates) as here:
        for _ in range(3):
            with pytest.raises(RateExceeded, match="own"):
                await here.accounts.enter(asked(), 11)

        await here.accounts.enter(asked(), 10)


async def test_what_a_caller_and_its_first_attempt_take_is_asked_for_once() -> None:
    """One way to the store; each is settled by itself."""
    async with room(budgets=[budget(20_000)], rates=[Rate(id="slot", concurrent=1)]) as here:
        before = here.counters.asked
        callers, attempt = await here.accounts.enter_with(asked(), 1, deployment(), TEN)

        assert here.counters.asked == before + 1
        assert attempt is not None
        await here.accounts.settle(attempt, 1_000, 10)
        assert await here.accounts.used(asked()) == {"month": 1_000}
        with pytest.raises(RateExceeded):
            await here.accounts.enter_with(asked(), 1, deployment(), TEN)
        await here.accounts.settle(callers, 0, 0)
        assert await here.accounts.enter(asked(), 1)


async def test_who_is_over_a_rate_takes_nothing_of_a_budget() -> None:
    """It is refused by what the one answer said."""
    async with room(budgets=[budget(20_000)], rates=[Rate(id="rpm", requests=1)]) as here:
        await here.accounts.enter(asked(), 1)
        before = here.counters.asked

        with pytest.raises(RateExceeded):
            await here.accounts.enter_with(asked(), 1, deployment(), TEN)

        assert here.counters.asked == before + 1
        assert await here.accounts.used(asked()) == {"month": 0}
        assert here.accounts.tally.refused == {"rpm": 1}


async def test_where_a_budget_has_no_room_the_caller_has_entered() -> None:
    """Others may be asked, each for itself; only who asks for an attempt is counted as refused."""
    async with room(budgets=[budget(9_999)], rates=[Rate(id="rpm", requests=1)]) as here:
        callers, attempt = await here.accounts.enter_with(asked(), 1, deployment(), TEN)

        assert callers
        assert attempt is None
        assert here.accounts.tally.refused == {}
        with pytest.raises(RateExceeded):
            await here.accounts.enter(asked(), 1)


async def test_who_had_to_wait_asks_for_the_attempt_apart() -> None:
    """By then another deployment may be the first."""
    rates = [Rate(id="rpm", requests=60, queue_s=2.0)]
    async with room(budgets=[budget(20_000)], rates=rates) as here:
        for _ in range(60):
            await here.accounts.enter(asked(), 1)

        callers, attempt = await here.accounts.enter_with(asked(), 1, deployment(), TEN)

        assert callers
        assert attempt is None
        assert await here.accounts.used(asked()) == {"month": 0}


async def test_what_both_took_without_an_answer_is_given_back() -> None:
    """Of the caller and of the attempt."""
    rates = [Rate(id="slot", concurrent=1)]
    async with room(budgets=[budget(10_000)], rates=rates) as here:
        here.counters.is_deaf = True
        with pytest.raises(StateDown):
            await here.accounts.enter_with(asked(), 1, deployment(), TEN)
        here.counters.is_deaf = False

        await here.accounts._settle_again()  # noqa: SLF001 - what its own task does each second

        _, attempt = await here.accounts.enter_with(asked(), 1, deployment(), TEN)
        assert attempt is not None


async def test_without_its_counters_nothing_is_let_through() -> None:
    """A store that is down says no."""
    async with room(budgets=[budget(10_000)], rates=[Rate(id="rpm", requests=1)]) as here:
        here.counters.is_down = True

        with pytest.raises(StateDown):
            await here.accounts.enter(asked(), 1)
        with pytest.raises(StateDown):
            await here.accounts.attempt(asked(), deployment(), TEN)


async def test_what_could_not_be_settled_is_settled_later() -> None:
    """The request has ended long since; its reservation stays until the store is back."""
    async with room(budgets=[budget(10_000)]) as here:
        held = await here.taken(asked())
        here.counters.is_down = True
        await here.accounts.settle(held, 1_000, 1)
        here.counters.is_down = False

        assert isinstance(await here.accounts.attempt(asked(), deployment(), TEN), Short)
        await here.accounts._settle_again()  # noqa: SLF001 - what its own task does each second

        held = await here.taken(asked(), Estimate(read=9, written=0))
        assert len(held) == 1


async def test_what_no_store_took_is_counted_as_lost() -> None:
    """It stays as reserved: money that may have been spent is never given back."""
    async with room(budgets=[budget(10_000)]) as here:
        held = await here.taken(asked())
        here.counters.is_down = True
        await here.accounts.settle(held, 0, 0)

    assert here.accounts.tally.lost == 1


async def test_what_was_taken_without_an_answer_is_given_back() -> None:
    """The request was refused, so nothing was sent."""
    async with room(budgets=[budget(10_000)]) as here:
        here.counters.is_deaf = True
        with pytest.raises(StateDown):
            await here.accounts.attempt(asked(), deployment(), TEN)
        here.counters.is_deaf = False
        assert isinstance(await here.accounts.attempt(asked(), deployment(), TEN), Short)

        await here.accounts._settle_again()  # noqa: SLF001 - what its own task does each second

        assert await here.taken(asked())


async def test_who_leaves_while_it_is_settled_has_it_settled() -> None:
    """A client that is gone does not leave its reservation behind."""
    async with room(budgets=[budget(10_000)]) as here:
        held = await here.taken(asked())
        here.counters.hangs = True
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await here.accounts.settle(held, 1_000, 1)
        here.counters.hangs = False

        await here.accounts._settle_again()  # noqa: SLF001 - ditto

        assert await here.accounts.used(asked()) == {"month": 1_000}


async def test_who_leaves_between_two_settlements_has_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counters of two homes: the slot in the second is free, though nobody waited for it."""
    rates = [
        Rate(id="all", requests=9),
        Rate(id="own", concurrent=1, per=frozenset({Per.TENANT})),
    ]
    async with room(rates=rates) as here:
        held = await here.accounts.enter(asked(), 1)
        monkeypatch.setattr(here.counters, "hangs", True)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await here.accounts.settle(held, 0, 1)
        monkeypatch.setattr(here.counters, "hangs", False)

        await here.accounts._settle_again()  # noqa: SLF001 - what its own task does each second

        assert here.accounts._leased == {}  # noqa: SLF001 - nobody renews it for ever
        assert await here.accounts.enter(asked(), 1)


async def test_a_percent_that_nobody_could_mark_is_told_later() -> None:
    """The store took the settlement and then went down: whoever settles next tells of it."""
    async with room(budgets=[budget(100_000)]) as here:
        held = await here.taken(asked())
        later = await here.taken(asked())
        settle = here.counters.settle

        async def settled_then_down(
            held: Reservation, actual: Mapping[str, int]
        ) -> Mapping[str, int] | None:
            used = await settle(held, actual)
            here.counters.is_down = True
            return used

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(here.counters, "settle", settled_then_down)
            await here.accounts.settle(held, 85_000, 1)
        here.counters.is_down = False
        assert here.told == []

        await here.accounts.settle(later, 0, 1)

        assert here.told == [("month", 80, 85_000)]
