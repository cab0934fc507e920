"""What a sidecar and a tier cost: start, memory, workers, reloads.

    python -m tests.bench.sidecar [--rounds 3] [--json build/bench-sidecar.json]

Each figure is measured anew in every round, and the load of the machine is printed with it: on a
busy one times say little, memory and processor time say the same.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from guardrail_gw.core.shipped import shipped
from guardrail_gw.keys.generate import init
from tests.bench.gateway import free_port
from tests.bench.load import request, run
from tests.bench.machine import module, processor_s, stop, tree
from tests.support.policies import without_names
from tests.support.serving import serve

RULES = "detection: {model: null}\n"
_CONNECTIONS, _REQUESTS = 64, 3000
_POLICIES = 100
_SETTLES_S = 1.5
_WORKED = 400
"""Requests with new words, twice."""
_CONFIG = """\
apiVersion: guardrail-gw/v1
kind: Gateway
listen: {{host: 127.0.0.1, port: {port}}}
probe: {{port: {probe}}}
access:
  single_tenant: {{tenant: bench, team: bench, user: bench}}
policies: policies
policy_watch_s: 0
audit: {{directory: audit, keys: keys/gateway, public: keys/audit-public}}
models:
  - name: bench
    deployments: [upstream]
deployments:
  - id: upstream
    provider: openai-compatible
    model: bench
    base_url: {upstream}
    inference: [DE]
    storage: [DE]
    price: {{input: "0.10", output: "0.40"}}
"""
Figures = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A gateway that is ready."""

    port: int
    probe: int
    pid: int
    folder: Path
    ready_s: float
    """From starting the process to the first 200 of /readyz."""
    processor_s: float
    """What all its processes had taken by then."""


@contextmanager
def serving(upstream: str, more: str, before: Sequence[str] = ()) -> Iterator[Running]:
    """A gateway from a fresh folder until the block ends.

    Args:
        upstream: base URL of its provider.
        more: lines of gateway.yaml.
        before: words before its command.
    """
    with tempfile.TemporaryDirectory() as name:
        folder, port, probe = Path(name), free_port(), free_port()
        init(folder / "keys", name="guardrail-gw/bench")
        shutil.copytree(shipped("policies/default"), folder / "policies")
        config = folder / "gateway.yaml"
        text = _CONFIG.format(port=port, probe=probe, upstream=upstream)
        config.write_text(text + more, encoding="utf-8")
        if "model: null" in more:
            without_names(config)
        start = time.perf_counter()
        with subprocess.Popen(
            [*before, *serve(config), "--log-level", "error"], text=True
        ) as process:
            try:
                _wait(process, probe)
                took = time.perf_counter() - start
                spent = sum(map(processor_s, tree(process.pid)))
                yield Running(
                    port=port,
                    probe=probe,
                    pid=process.pid,
                    folder=folder,
                    ready_s=took,
                    processor_s=spent,
                )
            finally:
                stop(process)


def _wait(process: subprocess.Popen[str], probe: int) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{probe}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("the gateway did not become ready")


def memory_mb(root: int) -> Figures:
    """Of all processes: proportional size, and what of it is in no file (1e6 bytes)."""
    found = {"pss": 0.0, "anonymous": 0.0}
    for pid in tree(root):
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        for name, field in (("pss", "Pss"), ("anonymous", "Pss_Anon")):
            sized = re.search(rf"^{field}:\s+(\d+) kB$", text, re.MULTILINE)
            found[name] += int(sized[1]) * 1.024 / 1e3 if sized else 0.0
    return found


def sizes(upstream: str) -> Figures:
    """Start and memory of each form."""
    found: Figures = {}
    for name, more in (("rules", RULES), ("names", "")):
        with serving(upstream, more) as gateway:
            found[f"{name}: seconds to ready"] = gateway.ready_s
            found[f"{name}: processor seconds to ready"] = gateway.processor_s
            found |= _sized(f"{name}, 1 worker", gateway)
        for workers in (2, 3):
            with serving(upstream, f"{more}workers: {workers}\n") as gateway:
                found |= _sized(f"{name}, {workers} workers", gateway)
        for kind in ("pss", "anonymous"):
            three, two = (found[f"{name}, {n} workers: MB {kind}"] for n in (3, 2))
            found[f"{name}: MB {kind} of a further worker"] = three - two
    return found


def _sized(name: str, gateway: Running) -> Figures:
    time.sleep(_SETTLES_S)
    return {f"{name}: MB {kind}": mb for kind, mb in memory_mb(gateway.pid).items()}


def grown(upstream: str) -> Figures:
    """Memory when it has worked: what `doctor` holds the machine to (doctor/memory.py)."""
    found: Figures = {}
    detectors = "detection: {{{model}detectors: {count}}}\n"
    for name, model in (("rules", "model: null, "), ("names", "")):
        forms = {
            "first": detectors.format(model=model, count=1),
            "2 detectors": detectors.format(model=model, count=2),
            "2 workers": detectors.format(model=model, count=1) + "workers: 2\n",
        }
        for form, more in forms.items():
            with serving(upstream, more) as gateway:
                _load(gateway.port, _WORKED, seed=0)
                _load(gateway.port, _WORKED, seed=_WORKED)
                found[f"{name}, {form}: MB pss worked"] = memory_mb(gateway.pid)["pss"]
    return found


def capacity(upstream: str) -> Figures:
    """Requests a second of one worker on one core, and of two on two; and by processor time."""
    cores = sorted(os.sched_getaffinity(0))
    found: Figures = {}
    for workers in (1, 2):
        more = f"{RULES}workers: {workers}\n"
        pinned = ("taskset", "-c", ",".join(map(str, cores[:workers])))
        with serving(upstream, more, pinned) as gateway:
            _load(gateway.port, 500, seed=1)
            before = sum(map(processor_s, tree(gateway.pid)))
            figures = _load(gateway.port, _REQUESTS, seed=10_000)
            spent = sum(map(processor_s, tree(gateway.pid))) - before
        found[f"{workers} worker(s): requests/s"] = figures["rps"]
        found[f"{workers} worker(s): p99 ms"] = figures["p99_us"] / 1e3
        found[f"{workers} worker(s): processor ms a request"] = 1e3 * spent / _REQUESTS
    one, two = (found[f"{n} worker(s): processor ms a request"] for n in (1, 2))
    found["the same by processor time, two cores each their own"] = 2 * one / two
    found["requests/s of two by those of one"] = (
        found["2 worker(s): requests/s"] / found["1 worker(s): requests/s"]
    )
    return found


def _load(port: int, count: int, seed: int) -> Figures:
    todo = [request("personal", seed + n, stream=False) for n in range(count)]
    return asyncio.run(run(port, todo, _CONNECTIONS))


def reloads(upstream: str) -> Figures:
    """A hundred policies loaded anew under load: how long, and what requests notice."""
    with serving(upstream, RULES) as gateway:
        policies = gateway.folder / "policies"
        text = (policies / "policy.yaml").read_text(encoding="utf-8")
        for number in range(_POLICIES - 1):
            other = text.replace("id: default", f"id: p{number}").replace('["*"]', '["other"]', 1)
            (policies / f"p{number}.yaml").write_text(other, encoding="utf-8")
        return asyncio.run(_reloaded(gateway))


async def _reloaded(gateway: Running) -> Figures:
    def todo(seed: int, count: int) -> list[bytes]:
        return [request("personal", seed + n, stream=False) for n in range(count)]

    await run(gateway.port, todo(1, 300), 4)
    quiet = await run(gateway.port, todo(1000, 600), 4)
    before = await asyncio.to_thread(_digest, gateway.probe)
    started = time.perf_counter()
    os.kill(gateway.pid, 1)
    during = asyncio.get_running_loop().create_task(run(gateway.port, todo(5000, 600), 4))
    while await asyncio.to_thread(_digest, gateway.probe) == before:  # noqa: ASYNC110 - from outside
        await asyncio.sleep(0.005)
    took = time.perf_counter() - started
    busy = await during
    return {
        f"{_POLICIES} policies: ms to reload under load": 1e3 * took,
        "p99 ms before": quiet["p99_us"] / 1e3,
        "p99 ms while reloading": busy["p99_us"] / 1e3,
        "p99 while reloading by that before": busy["p99_us"] / quiet["p99_us"],
    }


def _digest(probe: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{probe}/readyz", timeout=30) as answer:
        said: dict[str, Any] = json.load(answer)
    return str(said["policy_digest"])


TARGETS = {
    "rules: seconds to ready": ("at most", 3),
    "names: seconds to ready": ("at most", 5),
    "rules, 1 worker: MB pss": ("at most", 90),
    "names, 1 worker: MB pss": ("at most", 260),
    "rules: MB pss of a further worker": ("at most", 60),
    "names: MB pss of a further worker": ("at most", 60),
    "requests/s of two by those of one": ("at least", 1.7),
    f"{_POLICIES} policies: ms to reload under load": ("at most", 500),
    "p99 while reloading by that before": ("at most", 2),
}
"""What the project wants, as medians of rounds."""
_MEASURES = {"sizes": sizes, "grown": grown, "capacity": capacity, "reloads": reloads}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.sidecar", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=sorted(_MEASURES), action="append")
    parser.add_argument("--json", type=Path, default=Path("build/bench-sidecar.json"))
    options = parser.parse_args()
    rounds: dict[str, list[float]] = {}
    loads: list[float] = []
    with module("tests.bench.provider") as port:
        for _ in range(options.rounds):
            for name in options.only or _MEASURES:
                loads.append(os.getloadavg()[0])
                for what, figure in _MEASURES[name](f"http://127.0.0.1:{port}/v1").items():
                    rounds.setdefault(what, []).append(figure)
    _show(rounds, loads)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    report = {"cpus": os.cpu_count(), "loads": loads, "rounds": rounds}
    options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _show(rounds: dict[str, list[float]], loads: Sequence[float]) -> None:
    table = Table("what", "median", "rounds", "wanted", "")
    table.title = f"{os.cpu_count()} CPUs; load before each: " + ", ".join(
        f"{x:.1f}" for x in loads
    )
    for what, figures in rounds.items():
        middle = statistics.median(figures)
        way, wanted = TARGETS.get(what, ("", 0))
        met = middle <= wanted if way == "at most" else middle >= wanted
        verdict = "" if not way else "met" if met else "[bold red]missed"
        each = " ".join(f"{x:.1f}" for x in figures)
        table.add_row(what, f"{middle:.2f}", each, f"{way} {wanted}" if way else "", verdict)
    Console().print(table)


if __name__ == "__main__":
    main()
