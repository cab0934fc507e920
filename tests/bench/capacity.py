"""How much a gateway serves on how many processors: the table of docs/operations.md, "Capacity".

    python -m tests.bench.capacity [--seconds 8] [--json build/bench-capacity.json]

Less than a processor is the kernel's quota for all processes of the gateway (needs root); whoever
asks is not limited. It is asked by 16 at once as fast as it answers, then evenly at 60 % of that:
what clients wait is counted from when a request was due. Of several workers the memory is measured,
and what they would serve on as many processors is reckoned by the processor time of a request:
this machine has fewer. Prints the table's rows as they stand in the page.
"""

import argparse
import asyncio
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tests.bench.load import Client, request, run
from tests.bench.machine import module, processor_s, tree
from tests.bench.quota import NoQuotaError, processors
from tests.bench.sidecar import RULES, Running, memory_mb, serving

SHARE: Final = 0.6
_AT_ONCE: Final = 16
_GUESS_MS: Final = 5.0
"""Processor time of a request, from which follows how many make so many seconds."""
_FEWEST: Final = 40
_RULES_ON: Final = (0.05, 0.1, 0.25, 0.5, 1.0)
_NAMES_ON: Final = (0.5, 1.0)
_WORKERS: Final = (2, 4, 8, 16)
_SETTLES_S: Final = 1.0
_HEAD: Final = """\
| profile | workers | processors | start | memory (PSS) | serves | plan for | waits then (p50) | |
|---|--:|--:|--:|--:|--:|--:|--:|---|"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One size."""

    profile: str
    processors: float
    workers: int = 1
    start_s: float
    pss_mb: float
    rps: float
    """At saturation; of several workers reckoned."""
    p50_ms: float | None = None
    """At 60 % of it; None: not measured."""
    processor_ms: float
    """Of a request."""

    def shown(self) -> str:
        """As in the page."""
        size = f"{1000 * self.processors:.0f} m" if self.processors < 1 else f"{self.processors:g}"
        waits = "" if self.p50_ms is None else f"{self.p50_ms:.0f} ms"
        way = "reckoned" if self.p50_ms is None else "measured"
        return (
            f"| {self.profile} | {self.workers} | {size} | {self.start_s:.1f} s"
            f" | {self.pss_mb:.0f} MB | {self.rps:,.0f}/s | {SHARE * self.rps:,.0f}/s"
            f" | {waits} | {way} |"
        )


def limited(upstream: str, profile: str, more: str, count: float, seconds: float) -> Row:
    """One worker on so much of a processor."""
    with processors(count) as words, serving(upstream, more, before=words) as gateway:
        asked = max(_FEWEST, round(1000 * seconds * count / _GUESS_MS))
        _load(gateway, max(_AT_ONCE, asked // 10), seed=1)
        spent_s = -_spent(gateway)
        figures = _load(gateway, asked, seed=10_000)
        spent_s += _spent(gateway)
        rate = SHARE * figures["rps"]
        waited = asyncio.run(_paced(gateway.port, rate, seconds))
        return Row(
            profile=profile,
            processors=count,
            start_s=gateway.ready_s,
            pss_mb=memory_mb(gateway.pid)["pss"],
            rps=figures["rps"],
            p50_ms=1000 * sorted(waited)[len(waited) // 2],
            processor_ms=1000 * spent_s / asked,
        )


def several(upstream: str, workers: int, one: Row) -> Row:
    """So many workers, each with a processor of its own; what one serves is known."""
    with serving(upstream, f"{RULES}workers: {workers}\n") as gateway:
        time.sleep(_SETTLES_S)
        return Row(
            profile="tier, rules",
            processors=workers,
            workers=workers,
            start_s=gateway.ready_s,
            pss_mb=memory_mb(gateway.pid)["pss"],
            rps=1000 * workers / one.processor_ms,
            processor_ms=one.processor_ms,
        )


def _load(gateway: Running, count: int, seed: int) -> dict[str, float]:
    todo = [request("personal", seed + n, stream=False) for n in range(count)]
    return asyncio.run(run(gateway.port, todo, _AT_ONCE))


def _spent(gateway: Running) -> float:
    return sum(map(processor_s, tree(gateway.pid)))


async def _paced(port: int, rate: float, seconds: float) -> list[float]:
    """Ask evenly, whether earlier ones are answered or not; seconds from when each was due."""
    loop, waited = asyncio.get_running_loop(), list[float]()
    free = asyncio.Queue[Client]()
    for _ in range(4 * _AT_ONCE):
        free.put_nowait((await loop.create_connection(Client, "127.0.0.1", port))[1])

    async def ask(number: int, due_s: float) -> None:
        client = await free.get()
        await client.ask(request("personal", 1_000_000 + number, stream=False))
        waited.append(loop.time() - due_s)
        free.put_nowait(client)

    begun_s = loop.time()
    async with asyncio.TaskGroup() as tasks:
        for number in range(max(_AT_ONCE, round(rate * seconds))):
            due_s = begun_s + number / rate
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            tasks.create_task(ask(number, due_s))
    return waited


def rows(upstream: str, seconds: float, sizes: Sequence[float] = _RULES_ON) -> Iterator[Row]:
    """The table from above, each row when it is known."""
    found = list[Row]()
    for count in sizes:
        found.append(limited(upstream, "sidecar, rules", RULES, count, seconds))
        yield found[-1]
    if sizes is not _RULES_ON:
        return
    for count in _NAMES_ON:
        yield limited(upstream, "sidecar, model", "", count, seconds)
    for workers in _WORKERS:
        yield several(upstream, workers, found[-1])


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.capacity", description=__doc__)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--processors", type=float, action="append", help="of rules alone only")
    parser.add_argument("--json", type=Path, default=Path("build/bench-capacity.json"))
    options = parser.parse_args()
    print(f"{os.cpu_count()} CPUs; load before: {os.getloadavg()[0]:.1f}", flush=True)
    print(_HEAD, flush=True)
    found = list[Row]()
    with module("tests.bench.provider") as port:
        upstream = f"http://127.0.0.1:{port}/v1"
        try:
            for row in rows(upstream, options.seconds, options.processors or _RULES_ON):
                found.append(row)
                print(f"{row.shown()}  {row.processor_ms:.1f} ms of processor", flush=True)
        except NoQuotaError as error:
            raise SystemExit(str(error)) from error
    options.json.parent.mkdir(parents=True, exist_ok=True)
    report = {"cpus": os.cpu_count(), "rows": [asdict(row) for row in found]}
    options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
