"""Budgets and rates of two gateways that share a real store: SQLite, Redis."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from guardrail_gw.core.allowance import Asked, Budget, Every, OnExceed, Per, Rate
from guardrail_gw.core.identity import Principal
from guardrail_gw.core.ports import Counters
from guardrail_gw.errors import RateExceeded
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.routing.accounts import Accounts, Held, Short
from guardrail_gw.routing.estimate import Estimate
from guardrail_gw.state.redis.address import RedisAddress
from guardrail_gw.state.redis.counters import RedisCounters
from guardrail_gw.state.redis.server import RedisServer
from guardrail_gw.state.sqlite_counters import SqliteCounters
from tests.support.redis import Engine, redis
from tests.support.routing_world import deployment

TEN = Estimate(read=4, written=6)
"""10,000 billionths at a dollar a million."""
SOMEBODY = deployment("eu-0", price="1")
ANNA = Asked(
    principal=Principal(tenant="acme", team="sales", user="anna", key_id="k1"),
    endpoint="openai_chat",
    model="assistant",
    tags=(("project", "crm"),),
    deployment="eu-0",
)
WHO = ANNA.principal
OTHERS = {
    "tenant": replace(ANNA, principal=replace(WHO, tenant="globex")),
    "team": replace(ANNA, principal=replace(WHO, team="hr")),
    "user": replace(ANNA, principal=replace(WHO, user="ben")),
    "key": replace(ANNA, principal=replace(WHO, key_id="k2")),
    "endpoint": replace(ANNA, endpoint="anthropic_messages"),
    "model": replace(ANNA, model="small"),
    "deployment": replace(ANNA, deployment="eu-1"),
    "tag.project": replace(ANNA, tags=()),
}
"""By each of what can be counted somebody else, who is Anna in all the rest."""


@dataclass
class Store:
    """One store, and how a gateway gets at it."""

    kind: str
    where: str

    def counters(self) -> Counters:
        """A connection of its own."""
        if self.kind == "sqlite":
            return SqliteCounters(Path(self.where), SystemClock())
        address = RedisAddress.read(self.where)
        return RedisCounters(RedisServer(address, SystemClock(), timeout_s=5))


@dataclass
class Pair:
    """Two gateways."""

    one: Accounts
    other: Accounts
    told: list[tuple[str, int]] = field(default_factory=list)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """One server for the whole module."""
    with redis() as made:
        yield made


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Each of them."""
    if request.param == "sqlite":
        return Store("sqlite", str(tmp_path / "counters.sqlite3"))
    return Store("redis", request.getfixturevalue("engine").url)


@asynccontextmanager
async def gateways(
    store: Store, *, budgets: Sequence[Budget] = (), rates: Sequence[Rate] = ()
) -> AsyncIterator[Pair]:
    """Two with the same allowances."""
    told: list[tuple[str, int]] = []
    both = [
        Accounts(
            counters=store.counters(),
            budgets=budgets,
            rates=rates,
            clock=SystemClock(),
            label=lambda words: words,
            told=lambda reached: told.append((reached.budget.id, reached.percent)),
        )
        for _ in range(2)
    ]
    for each in both:
        await each.start()
    try:
        one, other = both
        yield Pair(one, other, told)
    finally:
        for each in both:
            await each.close()


def month(id_: str, limit: int, *per: str) -> Budget:
    """So many billionths of a dollar."""
    return Budget(
        id=id_,
        limit=limit,
        is_money=True,
        every=Every.MONTH,
        zone=ZoneInfo("Europe/Berlin"),
        per=frozenset(per),
    )


async def taken(accounts: Accounts, asked: Asked) -> list[Held]:
    """An attempt that there is room for."""
    held = await accounts.attempt(asked, SOMEBODY, TEN)
    assert not isinstance(held, Short)
    return held


@pytest.mark.parametrize("per", OTHERS)
async def test_a_budget_is_enforced_by_whatever_it_counts(store: Store, per: str) -> None:
    """Right across gateways, and apart from everybody else's."""
    async with gateways(store, budgets=[month(f"by-{per}", 15_000, per)]) as pair:
        held = await taken(pair.one, ANNA)
        mine = await pair.other.attempt(ANNA, SOMEBODY, TEN)
        await taken(pair.other, OTHERS[per])
        await pair.one.settle(held, 4_000, 4)
        after = await pair.other.attempt(ANNA, SOMEBODY, TEN)

        assert isinstance(mine, Short)
        assert not isinstance(after, Short)


@pytest.mark.parametrize("per", [Per.KEY, Per.TEAM, Per.MODEL, Per.DEPLOYMENT])
async def test_so_many_are_under_way_at_once(store: Store, per: Per) -> None:
    """By key, team, model and deployment; the place is free as soon as one has left."""
    rate = Rate(id=f"slots-{per}", concurrent=1, per=frozenset({per}))

    async def begin(accounts: Accounts, asked: Asked) -> Sequence[Held] | None:
        if per is Per.DEPLOYMENT:
            held = await accounts.attempt(asked, SOMEBODY, TEN)
            return None if isinstance(held, Short) else held
        try:
            return await accounts.enter(asked, 10)
        except RateExceeded as refused:
            if refused.code != "limits.concurrency":
                raise
            return None

    async with gateways(store, rates=[rate]) as pair:
        first = await begin(pair.one, ANNA)
        second = await begin(pair.other, ANNA)
        other = await begin(pair.other, OTHERS[per])
        assert first is not None
        await pair.one.settle(first, 0, 10)
        third = await begin(pair.other, ANNA)

        assert (second, other is None, third is None) == (None, False, False)


@pytest.mark.parametrize("per", [Per.KEY, Per.TEAM, Per.MODEL])
async def test_who_waits_as_long_as_is_said_gets_in(store: Store, per: Per) -> None:
    """Tokens a minute; others are not held up, and unused tokens need no waiting."""
    rate = Rate(id=f"tokens-{per}", tokens=60_000, per=frozenset({per}))
    async with gateways(store, rates=[rate]) as pair:
        held = await pair.one.enter(ANNA, 60_000)
        with pytest.raises(RateExceeded) as told:
            await pair.other.enter(ANNA, 100)
        await pair.other.enter(OTHERS[per], 60_000)

        assert told.value.code == "limits.tokens"
        assert told.value.retry_after_s is not None
        assert 0 < told.value.retry_after_s <= 0.1
        await asyncio.sleep(told.value.retry_after_s)
        await pair.other.enter(ANNA, 100)
        await pair.one.settle(held, 0, 30_000)
        await pair.other.enter(ANNA, 29_000)


@pytest.mark.parametrize("per", [Per.KEY, Per.TEAM, Per.MODEL])
async def test_requests_a_minute_are_those_of_all_gateways(store: Store, per: Per) -> None:
    """Two at once, whoever is asked, then one more after half a minute, as is said."""
    rate = Rate(id=f"requests-{per}", requests=2, per=frozenset({per}))
    async with gateways(store, rates=[rate]) as pair:
        await pair.one.enter(ANNA, 1)
        await pair.other.enter(ANNA, 1)
        with pytest.raises(RateExceeded) as told:
            await pair.one.enter(ANNA, 1)
        await pair.one.enter(OTHERS[per], 1)

        assert told.value.code == "limits.requests"
        assert told.value.retry_after_s is not None
        assert 29 < told.value.retry_after_s <= 30


async def test_a_queue_has_a_deadline(store: Store) -> None:
    """Who waits gets the place that is left at another gateway; who would wait longer goes."""
    patient = Rate(id="patient", concurrent=1, queue_s=20)
    async with gateways(store, rates=[patient]) as pair:
        first = await pair.one.enter(ANNA, 1)
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(pair.other.enter(ANNA, 1))
            await asyncio.sleep(0.06)  # longer than it takes to ask once more
            assert not waiting.done()
            await pair.one.settle(first, 0, 1)
        assert waiting.result()

    hasty = Rate(id="hasty", concurrent=1, queue_s=0.01)
    async with gateways(store, rates=[hasty]) as pair:
        await pair.one.enter(ANNA, 1)
        with pytest.raises(RateExceeded) as told:
            await pair.other.enter(ANNA, 1)
        assert told.value.retry_after_s == 1.0


async def test_a_threshold_is_told_by_one_of_all_gateways(store: Store) -> None:
    """80, 95 and 100 percent of a month, each once."""
    async with gateways(store, budgets=[month("told", 100_000)]) as pair:
        for accounts in (pair.one, pair.other) * 5:
            await accounts.settle(await taken(accounts, ANNA), 10_000, 10)

        assert pair.told == [("told", 80), ("told", 95), ("told", 100)]


async def test_what_is_kept_for_cheaper_models_is_theirs_at_every_gateway(store: Store) -> None:
    """A model with a ladder may use its part of the limit; whoever is below may use all."""
    budget = replace(month("ladder", 40_000), on_exceed=OnExceed.DOWNGRADE, downgrade_at=50)
    async with gateways(store, budgets=[budget]) as pair:
        dear = replace(ANNA, has_cheaper=True)
        for accounts in (pair.one, pair.other):
            await taken(accounts, dear)
        refused = await pair.one.attempt(dear, SOMEBODY, TEN)
        for accounts in (pair.one, pair.other):
            await taken(accounts, ANNA)
        over = await pair.other.attempt(ANNA, SOMEBODY, TEN)

        assert isinstance(refused, Short)
        assert isinstance(over, Short)
