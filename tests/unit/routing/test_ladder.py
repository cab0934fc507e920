"""A model with a ladder under a budget: one way to the store, which knows of the ladder."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

import pytest

from guardrail_gw.core.allowance import Budget, Every, OnExceed, Rate
from guardrail_gw.core.counting import BudgetClaim, Denied, Reservation
from guardrail_gw.core.fallback import Fallback
from guardrail_gw.routing.accounts import Accounts
from guardrail_gw.state.memory_counters import MemoryCounters
from tests.support.routing_world import GOOD, OwnClock, Stage, recorded

LIMIT = 10**9


@dataclass
class Watched(MemoryCounters):
    """Counters that remember what they were asked to reserve, at once each time."""

    clock: OwnClock
    trips: list[Sequence[Reservation]] = field(default_factory=list)

    def __post_init__(self) -> None:  # noqa: D105 - a fake
        super().__init__(self.clock)

    async def reserve(self, *wanted: Reservation) -> Denied | None:
        self.trips.append(wanted)
        return await super().reserve(*wanted)


@pytest.mark.parametrize(("rungs", "percent"), [(1, 80), (0, 100)])
async def test_a_dispatch_says_from_the_first_that_there_is_a_way_down(
    rungs: int, percent: int
) -> None:
    """What is taken on entering is what the attempt takes: nothing is given back and taken anew."""
    clock = OwnClock()
    counters = Watched(clock)
    month = Budget(
        id="m",
        limit=LIMIT,
        is_money=True,
        every=Every.MONTH,
        zone=ZoneInfo("UTC"),
        on_exceed=OnExceed.DOWNGRADE,
        downgrade_at=80,
    )
    rates = [Rate(id="r", requests=9)]
    accounts = Accounts(
        counters=counters, budgets=[month], rates=rates, clock=clock, label=lambda words: words
    )
    stage = Stage({"a": [GOOD], "b": [GOOD]}, clock=clock, accounts=accounts)
    dear, cheap = stage.lawful
    record = recorded([dear], stream=True)
    rung = Fallback(model="small", on=frozenset(), lawful=(cheap,), is_rung=True)
    placed = replace(record.placed, fallbacks=(rung,) * rungs)

    async with stage.routing.dispatch(replace(record, placed=placed)) as reply:
        async for _ in reply.events:
            pass

    (trip,) = counters.trips
    claims = [claim for each in trip for claim in each.claims]
    (claim,) = (claim for claim in claims if isinstance(claim, BudgetClaim))
    assert claim.limit == LIMIT * percent // 100
    assert stage.providers.asked == ["a"]
