"""Requests at gateways whose providers fail in every way, and whether every promise held.

    python -m tests.chaos.run [--requests 10000] [--seed N] [--gateways 2] [--at-once 32]

Gateways are processes that share their budgets and rates in one SQLite file; providers are the
stand-ins, with faults that follow from the seed. All is on loopback. Exit 0: every promise held.
"""

import argparse
import asyncio
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from guardrail_gw.core.identity import Principal
from guardrail_gw.keys.generate import init
from guardrail_gw.server.access import digest
from tests.chaos import judging
from tests.chaos.asking import Told, ask_all
from tests.chaos.scenes import SCENES, Scene, Stage, staged
from tests.support.books import spent_usd
from tests.support.fleet import by_rules, fleet
from tests.support.world import KEY

WHO: Final = Principal(tenant="acme", team="crm", user="ci", key_id="k1")


@dataclass(slots=True)
class Outcome:
    """What came of a run."""

    told: list[Told] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    opened: int = 0
    """Times that a breaker opened."""
    resumed: int = 0
    """Streams that broke off and were gone on with."""
    attempts: int = 0
    """Requests that reached a provider."""
    spent_usd: Decimal = Decimal(0)
    metered_usd: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of it."""

    requests: int
    """Of all scenes together."""
    gateways: int = 2
    at_once: int = 32


async def run(folder: Path, scenes: Sequence[Scene], size: Size, seed: int) -> Outcome:
    """Play the scenes one after another, each with its share of the requests; then judge."""
    await asyncio.to_thread(init, folder / "keys", name="guardrail-gw/chaos")
    outcome = Outcome()
    async with staged(tuple(scenes), seed) as stage:
        config = configuration(folder, stage)
        async with fleet(folder, config, size.gateways) as workers:
            urls = [worker.base_url for worker in workers]
            watch = judging.Watch(urls)
            looking = asyncio.ensure_future(watch.look_on())
            for scene in scenes:
                told = await ask_all(scene, urls, -(-size.requests // len(scenes)), size.at_once)
                outcome.told.append(told)
                outcome.problems += judging.of_clients(told)
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            await watch.look()
            outcome.problems += judging.of_breakers(outcome.told, watch)
            outcome.problems += judging.of_resuming(outcome.told, watch)
            outcome.opened = watch.opened.total()
            outcome.resumed = watch.resumed.total()
        logs = [worker.audit for worker in workers]
        outcome.problems += await asyncio.to_thread(
            lambda: list(judging.of_providers(stage, folder, logs))
        )
        outcome.attempts = sum(len(each.received) for each in stage.providers.values())
        await _count(outcome, folder, stage)
    return outcome


async def _count(outcome: Outcome, folder: Path, stage: Stage) -> None:
    """The books never say less than what the providers ask to be paid for."""
    outcome.spent_usd = await spent_usd(folder / "gateway-1.yaml", WHO, "all")
    for deployment in stage.deployments:
        provider = stage.providers.get(deployment["id"])
        if provider is not None:
            tokens = sum(each.read + each.written for each in provider.meter.models.values())
            outcome.metered_usd += tokens * Decimal(deployment["price"]["input"]) / 1_000_000
    if outcome.spent_usd < outcome.metered_usd:
        outcome.problems.append(
            f"the books have {outcome.spent_usd} USD, the providers' meters {outcome.metered_usd}"
        )


def configuration(folder: Path, stage: Stage) -> dict[str, Any]:
    """A gateway that gives up on silence after a second, with a budget that all count towards."""
    key = {"id": "k1", "sha256": digest(KEY), "tenant": "acme", "team": "crm", "user": "ci"}
    return {
        **by_rules(folder),
        "access": {"keys": [key]},
        "state": {"path": str(folder / "shared.sqlite3")},
        "limits": {"drain_s": 1},
        "routing": {
            "connect_timeout_s": 2,
            "first_byte_timeout_s": 1,
            "idle_timeout_s": 1,
            "deadline_s": 20,
        },
        "models": stage.models,
        "deployments": stage.deployments,
        "budgets": [{"id": "all", "usd": 1000}],
        "rates": [{"id": "key", "per": ["key"], "concurrent": 1000}],
    }


def main() -> int:
    """Run, print, judge."""
    options = _options()
    folder, start = Path(tempfile.mkdtemp(prefix="chaos-")), time.monotonic()
    print(f"seed {options.seed}, in {folder}", flush=True)
    size = Size(requests=options.requests, gateways=options.gateways, at_once=options.at_once)
    outcome = asyncio.run(run(folder, SCENES, size, options.seed))
    for told in outcome.told:
        ended, codes = dict(told.ended), dict(told.codes)
        print(f"{told.scene.name:>10}  {told.took_s:6.1f} s  {ended}  {codes or ''}")
    print(f"{outcome.attempts} requests reached providers; breakers opened {outcome.opened} times")
    print(f"{outcome.resumed} streams broke off and were gone on with")
    print(f"books {outcome.spent_usd} USD, the providers' own meters {outcome.metered_usd} USD")
    for problem in outcome.problems:
        print(f"BROKEN  {problem}")
    held = f"{len(outcome.problems)} promises broken" if outcome.problems else "every promise held"
    print(f"seed {options.seed}: {held}, {time.monotonic() - start:.0f} s")
    if not outcome.problems:
        shutil.rmtree(folder)
    return 1 if outcome.problems else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.run", description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--gateways", type=int, default=2)
    parser.add_argument("--at-once", type=int, default=32)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
