"""The gateway beside a bare aiohttp proxy, in front of the same provider, in one run.

    python -m tests.bench.run [--quick] [--only bare] [--json build/bench.json]

Rounds alternate between the targets, so that a busy machine is unfair to all of them alike. Figures
of the first table are medians of rounds; a promise is judged by the median of what the
rounds say one by one, since bare proxy and gateway of one round met the same machine.
"""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.gateway import start_gateway
from tests.bench.machine import memory_mb, module

Figures = dict[str, float]
Results = dict[str, list[Figures]]
"""`scenario/connections/how/target` -> the figures of `load`, round by round."""

_CASES = tuple(itertools.product(("clean", "personal"), (1, 16), ("whole", "stream")))
_TITLES = {"clean": "(a) warm", "personal": "(b) new"}
_TITLE = (
    "(a) no personal data, warm cache; (b) 100 new words with personal data\n"
    "median of rounds on {} CPUs, times in ms"
)
_LOAD_TIMEOUT_S = 120


def main() -> None:
    """Measure, print, write."""
    options = _options()
    with ExitStack() as stack:
        provider = stack.enter_context(module("tests.bench.provider"))
        upstream = f"http://127.0.0.1:{provider}/v1"
        ports = {"direct": provider}
        ports["bare"] = stack.enter_context(module("tests.bench.bare", upstream))
        gateway = None
        if options.only != "bare":
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            gateway = stack.enter_context(start_gateway(folder, upstream))
            ports["gateway"] = gateway.port
        results = _measure(ports, quick=options.quick)
        report: dict[str, Any] = {"cpus": os.cpu_count(), "results": results}
        if gateway is not None:
            report |= {"ready_s": gateway.ready_s, "memory_mb": memory_mb(gateway.pid)}
            report["targets"] = targets(report)
    _show(report)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def targets(report: dict[str, Any]) -> list[dict[str, Any]]:
    """What the project promises, each beside what was measured; `at_least` or `at_most`."""
    results: Results = report["results"]

    def paired(case: str) -> Iterator[tuple[Figures, Figures]]:
        return zip(results[f"{case}/gateway"], results[f"{case}/bare"], strict=True)

    def added_ms(case: str, figure: str) -> float:
        return statistics.median((ours[figure] - bare[figure]) / 1e3 for ours, bare in paired(case))

    def share(case: str) -> float:
        return statistics.median(100 * ours["rps"] / bare["rps"] for ours, bare in paired(case))

    first = added_ms("clean/1/stream", "first_p50_us")
    return [
        _target("(a) % of bare requests/s, c=1", share("clean/1/whole"), at_least=35),
        _target("(a) % of bare requests/s, c=16", share("clean/16/whole"), at_least=35),
        _target("(a) ms added to p50, c=1", added_ms("clean/1/whole", "p50_us"), at_most=1.5),
        _target("(b) ms added to p50, c=1", added_ms("personal/1/whole", "p50_us"), at_most=15),
        _target("ms added to the first token, nothing to detect, c=1", first, at_most=2),
        _target("MB resident in all (PSS)", report["memory_mb"]["pss"], at_most=350),
        _target("MB resident in all (RSS)", report["memory_mb"]["rss"], at_most=350),
        _target("seconds to ready", report["ready_s"], at_most=5),
    ]


def _target(
    what: str, measured: float, *, at_least: float | None = None, at_most: float | None = None
) -> dict[str, Any]:
    met = (at_least is None or measured >= at_least) and (at_most is None or measured <= at_most)
    wanted = f">= {at_least:g}" if at_least is not None else f"<= {at_most:g}"
    return {"what": what, "measured": measured, "wanted": wanted, "met": met}


def _measure(ports: dict[str, int], *, quick: bool) -> Results:
    rounds, count = (3, 200) if quick else (9, 600)
    seeds = itertools.count(1, 10_000)  # no text is sent twice, so no cache can know it
    found: Results = {}
    for scenario, connections, how in _CASES:
        for turn in range(rounds + 1):
            for target, port in ports.items():
                # What is answered fast is asked more often, so that a round is no mere moment.
                often = count * 4 if (scenario, connections) == ("clean", 16) else count
                figures = _load(port, scenario, str(connections), str(often), str(next(seeds)), how)
                if turn:  # the first round warms up
                    key = f"{scenario}/{connections}/{how}/{target}"
                    found.setdefault(key, []).append(figures)
    return found


def _load(port: int, *arguments: str) -> Figures:
    command = [sys.executable, "-m", "tests.bench.load", str(port), *arguments]
    answer = subprocess.run(
        command, stdout=subprocess.PIPE, check=True, text=True, timeout=_LOAD_TIMEOUT_S
    )
    figures: Figures = json.loads(answer.stdout)
    return figures


def _median(rounds: list[Figures]) -> Figures:
    return {name: statistics.median(figures[name] for figures in rounds) for name in rounds[0]}


def _show(report: dict[str, Any]) -> None:
    console = Console()
    table = Table(title=_TITLE.format(report["cpus"]))
    for column in ("scenario", "c", "how", "target", "requests/s", "p50", "p99", "first p50"):
        table.add_column(column, justify="left" if column in ("scenario", "target") else "right")
    for key, figures in {k: _median(rounds) for k, rounds in report["results"].items()}.items():
        scenario, connections, how, target = key.split("/")
        times = (f"{figures[n] / 1e3:.2f}" for n in ("p50_us", "p99_us", "first_p50_us"))
        rate = f"{figures['rps']:.0f}"
        table.add_row(_TITLES[scenario], connections, how, target, rate, *times)
    console.print(table)
    if "targets" in report:
        console.print(_verdicts(report["targets"]))


def _verdicts(found: list[dict[str, Any]]) -> Table:
    table = Table("target", "wanted", "measured", "", title="targets")
    for one in found:
        verdict = "met" if one["met"] else "[bold red]missed"
        table.add_row(one["what"], one["wanted"], f"{one['measured']:.2f}", verdict)
    return table


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--only", choices=["bare"], help="leave the gateway out")
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
