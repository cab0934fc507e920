"""What dialects cost, each figure beside what it is compared with, in one run.

    python -m tests.bench.dialects [--quick] [--json build/bench-dialects.json]

(a) an agent's request of 100 kB passes, its findings cached, beside a bare proxy; (b) an event of a
stream is translated, beside passing it on; (c) 64 streams at once with restoring, beside the bare
proxy; (d) memory of a stream that stays open.
"""

import argparse
import json
import os
import pickle
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from tests.bench import agent, open_streams, translating
from tests.bench.gateway import Running, start_gateway
from tests.bench.machine import module, processor_s
from tests.bench.verdicts import show, target

Report = dict[str, Any]

_STREAMS = 64
_PER_S = 150
"""Events of one stream: 64 of them offer 9,600 a second, more than is promised."""
_PROVIDERS = {"openai_chat": "openai-compatible", "anthropic_messages": "anthropic-compatible"}
_TIMEOUT_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """A gateway and a bare proxy before the same provider."""

    gateway: Running
    bare: int
    """Its port."""


def main() -> None:
    """Measure, print, write."""
    options = _options()
    quick = options.quick
    report: Report = {
        "cpus": os.cpu_count(),
        "requests": [*_requests(rounds=2 if quick else 3, count=30 if quick else 60)],
        "translated": [*translating.rows(rounds=7 if quick else 25)],
        "streams": [*_streams(rounds=1 if quick else 3, events=300 if quick else 600)],
        "memory": open_streams.measured(100 if quick else 500),
    }
    report["targets"] = targets(report)
    show(report)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def targets(report: Report) -> list[Report]:
    """What the project promises, each beside what was measured."""
    paced = next(row for row in report["streams"] if row["offered"] > 0)
    return [
        *(
            target(f"(a) ms added to p50, {_named(r)}", r["added_ms"], at_most=3)
            for r in report["requests"]
        ),
        *(
            target(f"(b) µs per event, {r['provider']} to {r['client']}", cost, at_most=40)
            for r in report["translated"]
            for cost in [r["translated_us"]]
        ),
        target("(c) events/s of 64 streams, restored", paced["gateway"], at_least=8_000),
        target("(d) kB per open stream", report["memory"]["rss_kb"], at_most=60),
    ]


def _named(row: Report) -> str:
    return f"{row['dialect']}, {row['kind']}, {row['way']}"


def _requests(*, rounds: int, count: int) -> Iterator[Report]:
    for dialect in agent.DIALECTS:
        with _stand(1, 0, provider=_PROVIDERS[dialect]) as stand:
            for kind, way in product(agent.KINDS, agent.WAYS):
                yield _passed(stand, (dialect, kind, way), rounds=rounds, count=count)


def _passed(stand: Stand, what: tuple[str, str, str], *, rounds: int, count: int) -> Report:
    dialect, kind, way = what
    sent = agent.requests(dialect, kind, count, way)
    with tempfile.NamedTemporaryFile() as file:
        file.write(pickle.dumps(sent))
        file.flush()
        return {
            "dialect": dialect,
            "kind": kind,
            "way": way,
            "bytes": len(sent[-1].partition(b"\r\n\r\n")[2]),
            **_costs(stand, file.name, rounds=rounds, count=count),
        }


def _costs(stand: Stand, file: str, *, rounds: int, count: int) -> Report:
    pairs: list[tuple[float, float]] = []
    taken: list[float] = []
    for turn in range(rounds + 1):
        before = processor_s(stand.gateway.pid)
        ours = _run("sent", stand.gateway.port, file)["p50_us"] / 1e3
        cost = processor_s(stand.gateway.pid) - before
        bare = _run("sent", stand.bare, file)["p50_us"] / 1e3
        if turn:  # the first round warms up
            pairs.append((ours, bare))
            taken.append(1e3 * cost / count)
    return {
        "gateway_ms": statistics.median(ours for ours, _ in pairs),
        "bare_ms": statistics.median(bare for _, bare in pairs),
        "added_ms": statistics.median(ours - bare for ours, bare in pairs),
        "processor_ms": statistics.median(taken),
    }


def _streams(*, rounds: int, events: int) -> Iterator[Report]:
    """As fast as real providers are together, and as fast as it goes."""
    for rate in (_PER_S, 0):
        with _stand(events, rate) as stand:
            ours, bare, taken = [], [], []
            for turn in range(rounds + 1):
                before = processor_s(stand.gateway.pid)
                one = _run("audience", stand.gateway.port, str(_STREAMS))
                cost = processor_s(stand.gateway.pid) - before
                other = _run("audience", stand.bare, str(_STREAMS))
                assert one["names"] == other["names"] > 0, "names were not restored"
                if turn:  # the first round warms up
                    taken.append(1e6 * cost / one["events"])
                    ours.append(one["events"] / one["seconds"])
                    bare.append(other["events"] / other["seconds"])
        yield {
            "offered": rate * _STREAMS,
            "gateway": statistics.median(ours),
            "bare": statistics.median(bare),
            "processor_us": statistics.median(taken),
        }


@contextmanager
def _stand(events: int, rate: float, *, provider: str = "openai-compatible") -> Iterator[Stand]:
    with ExitStack() as stack:
        port = stack.enter_context(module("tests.bench.streamer", str(events), str(rate)))
        upstream = f"http://127.0.0.1:{port}/v1"
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bare = stack.enter_context(module("tests.bench.bare", upstream))
        gateway = stack.enter_context(start_gateway(folder, upstream, provider=provider))
        yield Stand(gateway=gateway, bare=bare)


def _run(name: str, port: int, *arguments: str) -> dict[str, float]:
    command = [sys.executable, "-m", f"tests.bench.{name}", str(port), *arguments]
    answer = subprocess.run(
        command, stdout=subprocess.PIPE, check=True, text=True, timeout=_TIMEOUT_S
    )
    figures: dict[str, float] = json.loads(answer.stdout)
    return figures


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.dialects", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--json", type=Path, default=Path("build/bench-dialects.json"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
