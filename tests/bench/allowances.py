"""What a request waits for its budgets and rates: in SQLite, in Redis on loopback, in memory.

    python -m tests.bench.allowances [--requests 500] [--rounds 12] [--json build/allowances.json]

One check is what a request does before it is sent: its caller's rate (requests, tokens, a slot) and
a budget of money, in one transaction or script. Each is settled afterwards, which is not part of
it. Round after round all stores take their turn; of the medians the least counts,
since a busy machine only ever adds. Bounds: 0.3 ms for SQLite, 0.6 ms for Redis.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import uvloop

from guardrail_gw.core.allowance import Asked, Budget, Every, Per, Rate
from guardrail_gw.core.amounts import Price
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.identity import Principal
from guardrail_gw.core.ports import Counters
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.routing.accounts import Accounts
from guardrail_gw.routing.estimate import Estimate
from guardrail_gw.state.memory_counters import MemoryCounters
from guardrail_gw.state.redis.address import RedisAddress
from guardrail_gw.state.redis.counters import RedisCounters
from guardrail_gw.state.redis.server import RedisServer
from guardrail_gw.state.seal import StateKey
from guardrail_gw.state.sqlite_counters import SqliteCounters
from tests.bench.verdicts import target
from tests.support.redis import redis

BOUND_MS: Final[Mapping[str, float]] = {"memory": 0.3, "sqlite": 0.3, "redis": 0.6}
_USERS: Final = 100
_ESTIMATE: Final = Estimate(read=500, written=500)
_PRICE: Final = Price(input=Decimal(1), output=Decimal(4), cached_input=Decimal(1))
_WHERE: Final = Deployment(
    id="d",
    provider="p",
    model="m",
    base_url="http://127.0.0.1:1",
    dialect="openai_chat",
    inference=frozenset({"DE"}),
    storage=frozenset({"DE"}),
    price=_PRICE,
)


@contextmanager
def stores(folder: Path) -> Iterator[dict[str, Counters]]:
    """Each store, the way that the configuration arranges it."""
    clock = SystemClock()
    with ExitStack() as stack:
        engine = stack.enter_context(redis("--appendfsync", "everysec"))  # Redis's own default
        server = RedisServer(RedisAddress.read(engine.url), clock, timeout_s=5)
        yield {
            "memory": MemoryCounters(clock),
            "sqlite": SqliteCounters(folder / "counters.sqlite3", clock),
            "redis": RedisCounters(server),
        }


def accounts_over(counters: Counters) -> Accounts:
    """A budget for each team and a rate for each user, as docs/budgets.md has them."""
    budget = Budget(
        id="team-month",
        per=frozenset({Per.TEAM}),
        limit=9_000_000_000_000_000,
        is_money=True,
        every=Every.MONTH,
        zone=ZoneInfo("Europe/Berlin"),
    )
    rate = Rate(
        id="user",
        per=frozenset({Per.USER}),
        requests=10_000_000,
        tokens=9_000_000_000_000,
        concurrent=1000,
    )
    label = lru_cache(maxsize=65_536)(StateKey(bytes(32)).counter)  # as `arranged_accounts` does
    return Accounts(
        counters=counters, budgets=[budget], rates=[rate], clock=SystemClock(), label=label
    )


async def checked(accounts: Accounts, requests: int) -> list[float]:
    """Seconds of each check, one after another."""
    taken: list[float] = []
    for number in range(requests):
        who = Principal(tenant="t", team="crm", user=f"u{number % _USERS}", key_id="k")
        asked = Asked(principal=who, endpoint="openai_chat", model="m")
        start = time.perf_counter()
        caller, held = await accounts.enter_with(asked, _ESTIMATE.tokens, _WHERE, _ESTIMATE)
        taken.append(time.perf_counter() - start)
        if held is None:
            raise TypeError("there is no room, so nothing is measured")
        await accounts.settle(held, 1_000_000, 700)
        await accounts.settle(caller, 0, 700)
    return taken


async def measured(folder: Path, requests: int, rounds: int) -> dict[str, list[float]]:
    """Store -> the median of each round, in milliseconds."""
    found: dict[str, list[float]] = {}
    context = stores(folder)
    made = await asyncio.to_thread(context.__enter__)
    every = {name: accounts_over(counters) for name, counters in made.items()}
    for accounts in every.values():
        await accounts.start()
    for _ in range(rounds):
        for name, accounts in every.items():
            times = await checked(accounts, requests)
            found.setdefault(name, []).append(1000 * statistics.median(times))
    for accounts in every.values():
        await accounts.close()
    await asyncio.to_thread(context.__exit__, None, None, None)
    return found


def rows(quick: bool) -> Iterator[dict[str, Any]]:  # noqa: FBT001 - every row's
    """A row for each store, in the table of `tests.bench.routing`."""
    found = _measured(100 if quick else 300, 5 if quick else 30)
    for name, each in found.items():
        at_most = 1000 * BOUND_MS[name]
        yield target(
            f"µs by the clock, budget and rates in {name}", 1000 * min(each), at_most=at_most
        )


def _measured(requests: int, rounds: int) -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory(prefix="allowances-") as name:
        return uvloop.run(measured(Path(name), requests, rounds))


def main() -> int:
    """Measure, print, judge."""
    options = _options()
    before = os.getloadavg()[0]
    found = _measured(options.requests, options.rounds)
    least = {name: min(each) for name, each in found.items()}
    for name, ms in least.items():
        said = "met" if ms <= BOUND_MS[name] else "MISSED"
        middle = statistics.median(found[name])
        print(f"{name:>7}  {ms:.3f} ms least median, {middle:.3f} usual; {BOUND_MS[name]} {said}")
    print(f"load {before:.1f} before, {os.getloadavg()[0]:.1f} after, {os.cpu_count()} cores")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps({"p50_ms": least, "load": before}) + "\n", encoding="utf-8")
    return 0 if all(ms <= BOUND_MS[name] for name, ms in least.items()) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.allowances", description=__doc__)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--json", type=Path, default=Path("build/allowances.json"))
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
