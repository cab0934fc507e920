"""What routing costs, each figure beside what is promised, in one table.

    python -m tests.bench.routing [--quick] [--json build/bench-routing.json]

Times are processor time of this process, the least of many rounds: what others do on the machine
makes a round longer, never shorter. Those of stores are by the clock (tests/bench/allowances.py).
A row is a function in `ROWS`; others add theirs there.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from guardrail_gw.core.ability import Abilities, Ability, Needs
from guardrail_gw.core.amounts import Price
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.objective import Objective, Ranking
from guardrail_gw.routing.breaker import Breaker
from guardrail_gw.routing.groups import Grouped
from guardrail_gw.routing.health import Health, standing
from guardrail_gw.routing.plan import plan
from guardrail_gw.routing.rank import Judge
from tests.bench import allowances
from tests.bench.failover import failovers
from tests.bench.verdicts import target

Row = dict[str, Any]

_DEPLOYMENTS: Final = 200
_PLAN_US: Final = 150.0
_FRESH_US: Final = 500.0
_DIALECTS: Final = ("openai_chat", "anthropic_messages")
_HEADERS: Final = {
    "x-ratelimit-limit-requests": "500",
    "x-ratelimit-remaining-requests": "499",
    "x-ratelimit-reset-requests": "120ms",
    "x-ratelimit-limit-tokens": "200000",
    "x-ratelimit-remaining-tokens": "190000",
    "x-ratelimit-reset-tokens": "3s",
}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path, default=Path("build/bench-routing.json"))
    options = parser.parse_args()
    rows = [row for measure in ROWS for row in measure(options.quick)]
    load = os.getloadavg()[0]
    _show(rows, load)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    report = {"cpus": os.cpu_count(), "load": load, "rows": rows}
    options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def plans(quick: bool) -> Iterator[Row]:  # noqa: FBT001 - every row's
    """A plan of 200 deployments, by each objective, when all were asked before."""
    deployments = [_deployment(number) for number in range(_DEPLOYMENTS)]
    healths = _healths(deployments)
    needs = Needs(
        abilities=frozenset({Ability.TOOLS, Ability.STREAMING}),
        read_least=1000,
        read_most=3000,
        written=1024,
    )
    kept = Grouped()
    weights = {each.id: 1 + number % 5 for number, each in enumerate(deployments)}
    for objective in (each for each in Objective if each is not Objective.SEMANTIC):
        chosen = weights if objective is Objective.WEIGHTED else {}
        ranking = Ranking(objective=objective, weights=chosen)

        def once(ranking: Ranking = ranking) -> None:
            seed, now_s = 0x1234_5678_9ABC_DEF0, 10.0
            well = standing(deployments, healths, tokens=needs.read_most, now_s=now_s, seed=int)
            judge = Judge(ranking=ranking, seed=seed, known=healths, now_s=now_s, stream=True)
            plan(deployments, needs, standing=well, judge=judge, dialect=_DIALECTS[0], kept=kept)

        cost_us = least_us(once, rounds=20 if quick else 200, times=20)
        what = f"µs, plan of {_DEPLOYMENTS} deployments, {objective}"
        yield target(what, cost_us, at_most=_PLAN_US)
    first_us = least_us(lambda: _fresh(deployments, needs), rounds=20 if quick else 100, times=5)
    yield target("µs, the same by cost, the first with such needs", first_us, at_most=_FRESH_US)


def _fresh(deployments: list[Deployment], needs: Needs) -> None:
    """A plan for which nothing was worked out before: once for each model and kind of request."""
    plan(deployments, needs, dialect=_DIALECTS[0])


def least_us(once: Callable[[], None], *, rounds: int, times: int) -> float:
    """Microseconds of processor time that one call takes, in the best of the rounds."""
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time_ns()
        for _ in range(times):
            once()
        best = min(best, (time.process_time_ns() - began) / times)
    return best / 1e3


ROWS: Final[tuple[Callable[[bool], Iterator[Row]], ...]] = (plans, allowances.rows, failovers)
"""Each gives rows of the table, as `tests.bench.verdicts.target` makes them; `quick` or not."""


def _deployment(number: int) -> Deployment:
    price = Decimal(1 + number * 7 % 50) / 10
    bare = Deployment(
        id=f"deployment-{number}",
        provider="p",
        model="m",
        base_url="http://127.0.0.1:9",
        dialect=_DIALECTS[number % 2],
        inference=frozenset({"DE"}),
        storage=frozenset({"DE"}),
        price=Price(input=price, output=price * 3, cached_input=price),
        quality=number % 4,
    )
    known = Abilities(
        stated=frozenset({Ability.TOOLS}),
        doubted=frozenset({Ability.IMAGE}),
        context=128_000,
        output=8192,
    )
    return replace(bare, abilities=known)


def _healths(deployments: list[Deployment]) -> Mapping[str, Health]:
    """Each was asked, and its provider says what room it has."""
    healths = {each.id: Health(Breaker()) for each in deployments}
    for number, health in enumerate(healths.values()):
        health.in_flight = number % 3
        health.answered(0.2 + number % 7 / 10, 9.0, stream=True)
        health.pace.spoke(100, 1.0 + number % 5, 9.0)
        health.headroom.heard(_HEADERS, 0, 9.9)
    return healths


def _show(rows: list[Row], load: float) -> None:
    title = f"routing, {os.cpu_count()} CPUs, load {load:.1f}"
    table = Table("target", "wanted", title=title)
    table.add_column("measured", justify="right")
    table.add_column("")
    for row in rows:
        verdict = "met" if row["met"] else "[bold red]missed"
        table.add_row(row["what"], row["wanted"], f"{row['measured']:,.1f}", verdict)
    Console().print(table)


if __name__ == "__main__":
    main()
