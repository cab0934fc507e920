"""What the audit log takes: records a second, and what a request waits for it.

    python -m tests.bench.audit_log [--quick] [--json build/bench-audit.json]

One process appends records of 2 kB through the writer, from 1, 64 and 256 tasks; beside it, the
same bytes are written and synced bare, so that the disk is seen. Then the gateway and one without
its audit room answer in turn, one connection each: what the room adds to a request is the
difference, round by round. Targets are judged by medians of rounds.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

from guardrail_gw.audit.keepers import Keepers
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.record import Content, Draft, Kind, Level, canonical
from guardrail_gw.audit.registry import FolderRegistry
from guardrail_gw.audit.writer import Bounds, Writer
from guardrail_gw.observability.clock import SystemClock
from tests.bench.gateway import start_gateway
from tests.bench.machine import module
from tests.support.audit_world import DIGEST, World, world

_SIZE = 2000
_LOAD_TIMEOUT_S = 120
Figures = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Who appends, and how much."""

    name: str
    tasks: int
    records: int
    content: bool = False
    """Half of it as content at level `redacted`, so that two parts are sealed."""
    registry: bool = False


_CASES = (
    Case(name="1 task", tasks=1, records=1500),
    Case(name="64 tasks", tasks=64, records=40_000),
    Case(name="256 tasks", tasks=256, records=60_000),
    Case(name="256 tasks, content", tasks=256, records=60_000, content=True),
    Case(name="256 tasks, registry", tasks=256, records=60_000, registry=True),
)


def main() -> None:
    """Measure, print, write."""
    options = _options()
    rounds = 2 if options.quick else 5
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        appended = _appended(Path(folder), rounds)
        disk = _bare_disk(Path(folder))
    added = _added(7 if options.quick else 15)
    report = {
        "cpus": os.cpu_count(),
        "append": appended,
        "disk": disk,
        "request": added,
        "targets": _targets(appended, added),
    }
    _show(report)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _appended(folder: Path, rounds: int) -> dict[str, Figures]:
    """Each case in a process of its own for each round, in turn."""
    found: dict[str, list[Figures]] = {}
    for turn in range(rounds):
        for number, case in enumerate(_CASES):
            place = folder / f"{turn}-{number}"
            place.mkdir()
            command = [sys.executable, "-m", "tests.bench.audit_log", "--case", str(number)]
            told = subprocess.run(
                [*command, "--dir", str(place)], check=True, stdout=subprocess.PIPE, text=True
            )
            found.setdefault(case.name, []).append(json.loads(told.stdout))
    return {name: _median(each) for name, each in found.items()}


def measured(case: Case, home: Path) -> Figures:
    """Append, in this process."""
    return uvloop.run(_append(case, world(home)))


async def _append(case: Case, made: World) -> Figures:
    clock = SystemClock()
    registry = FolderRegistry(made.registry_folder, made.keys.name, made.keys.signer)
    keepers = Keepers(registry=registry if case.registry else None)
    writer = Writer(Ledger(made.log, made.keys, clock, Limits(), keepers), clock, Bounds())
    writer.start()
    drafts = [[_draft(number, content=case.content)] for number in range(64)]
    times: list[float] = []

    async def task(count: int) -> None:
        for number in range(count):
            start = time.perf_counter()
            await writer.settled(writer.submit(drafts[number % 64], begins=True))
            times.append(time.perf_counter() - start)

    await task(100)
    times.clear()
    start, cpu = time.perf_counter(), time.process_time()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(case.tasks):
            tasks.create_task(task(case.records // case.tasks))
    took, cpu = time.perf_counter() - start, time.process_time() - cpu
    await writer.close()
    size = sum(path.stat().st_size for path in made.log.glob("*.seg"))
    return {**_spread(times, took), "cpu_us": cpu / len(times) * 1e6, "bytes": size / len(times)}


def _draft(number: int, *, content: bool) -> Draft:
    """An intent whose sealed part has 2 kB, or 1 kB and as much content."""
    text = os.urandom(_SIZE).hex()
    sealed = canonical({"request": f"r{number}", "x": text[: _SIZE // 2 if content else _SIZE]})
    said = Content(level=Level.REDACTED, data=text[: _SIZE // 2].encode()) if content else None
    clear = {"dec": "allowed", "pol": DIGEST}
    return Draft(kind=Kind.INTENT, clear=clear, sealed=sealed, content=said)


def _bare_disk(folder: Path) -> Figures:
    """One write of 2 kB and one sync, again and again: no log can be faster with one task."""
    handle = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    times, data = [], bytes(_SIZE)
    begun = time.perf_counter()
    for _ in range(1000):
        start = time.perf_counter()
        os.write(handle, data)
        os.fdatasync(handle)
        times.append(time.perf_counter() - start)
    os.close(handle)
    return _spread(times, time.perf_counter() - begun)


def _added(rounds: int) -> Figures:
    """Milliseconds of one request with the audit room and without it, one connection."""
    with ExitStack() as stack:
        provider = stack.enter_context(module("tests.bench.provider"))
        upstream, ports = f"http://127.0.0.1:{provider}/v1", {}
        for name, run in (("audited", "guardrail_gw"), ("unaudited", "tests.bench.unaudited")):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            ports[name] = stack.enter_context(start_gateway(folder, upstream, run=(run,))).port
        found: dict[str, list[float]] = {name: [] for name in ports}
        for turn in range(rounds + 1):
            for name, port in ports.items():
                p50 = _asked(port)
                if turn:  # the first round warms up
                    found[name].append(p50)
    pairs = zip(found["audited"], found["unaudited"], strict=True)
    return {
        **{f"{name}_p50_ms": statistics.median(each) for name, each in found.items()},
        "added_p50_ms": statistics.median(ours - bare for ours, bare in pairs),
    }


def _asked(port: int) -> float:
    command = [sys.executable, "-m", "tests.bench.load", str(port), "clean", "1", "500", "1"]
    told = subprocess.run(
        [*command, "whole"], check=True, stdout=subprocess.PIPE, timeout=_LOAD_TIMEOUT_S
    )
    return float(json.loads(told.stdout)["p50_us"]) / 1e3


def _spread(times: list[float], took: float) -> Figures:
    ordered = sorted(times)
    p50, p99 = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
    return {"per_s": len(ordered) / took, "p50_ms": p50 * 1e3, "p99_ms": p99 * 1e3}


def _median(rounds: list[Figures]) -> Figures:
    return {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}


def _targets(appended: dict[str, Figures], added: Figures) -> list[dict[str, Any]]:
    full = appended["256 tasks"]
    return [
        {"what": "records/s of 2 kB, 256 tasks", "wanted": ">= 10000", "measured": full["per_s"]}
        | {"met": full["per_s"] >= 10_000},
        {"what": "p99 ms of them", "wanted": "<= 30", "measured": full["p99_ms"]}
        | {"met": full["p99_ms"] <= 30},
        {"what": "ms added to p50 of a request", "wanted": "<= 1"}
        | {"measured": added["added_p50_ms"], "met": added["added_p50_ms"] <= 1},
    ]


def _show(report: dict[str, Any]) -> None:
    console = Console()
    columns = ("per_s", "p50_ms", "p99_ms", "cpu_us", "bytes")
    table = Table("append", *columns, title=f"records of 2 kB on {report['cpus']} CPUs")
    for name, each in {**report["append"], "bare write and sync": report["disk"]}.items():
        cells = (each.get(column) for column in columns)
        table.add_row(name, *("" if cell is None else f"{cell:,.2f}" for cell in cells))
    console.print(table)
    console.print({name: round(each, 3) for name, each in report["request"].items()})
    verdicts = Table("target", "wanted", "measured", "")
    for one in report["targets"]:
        verdict = "met" if one["met"] else "[bold red]missed"
        verdicts.add_row(one["what"], one["wanted"], f"{one['measured']:,.2f}", verdict)
    console.print(verdicts)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.audit_log", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--dir", type=Path, default=Path("build"), help="on the disk to measure")
    parser.add_argument("--json", type=Path, default=Path("build/bench-audit.json"))
    parser.add_argument("--case", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.dir.mkdir(parents=True, exist_ok=True)
    return options


if __name__ == "__main__":
    chosen = _options()
    if chosen.case is None:
        main()
    else:
        print(json.dumps(measured(_CASES[chosen.case], chosen.dir)))
