"""Very many requests of very many people through one gateway: its memory must stay flat.

    python -m tests.soak.run [--requests 1000000] [--users 10000] [--json build/soak.json]

Each person has a key, a budget and a rate; no two texts are alike, each has an address of mail in
it, one in four answers is streamed, 64 are under way at a time. Twenty times on the way the
resident memory of all processes is noted, and that of the gateway's own beside it, in a table and
in the report, which is there from the first reading on. What counts is how far the later readings
are above the first one from which on every bounded memory is full: a tenth of the way, or 90,000
requests, whatever is more; by then everybody has asked nine times. Exit 0: no more than a
twentieth, or too few requests to say.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import uvloop

from guardrail_gw.keys.generate import init
from guardrail_gw.server.access import digest
from tests.bench.load import Client
from tests.bench.machine import memory_mb, module, processor_s, resident_kb
from tests.support.fleet import Worker, by_rules, fleet

READINGS: Final = 20
DRIFT: Final = 0.05
FULL: Final = 90_000
"""Requests after which every bounded memory is full: that of findings holds some 50,000 texts, and
Python lays its table out anew, larger by 4 MB, after 87,381: once, measured up to 700,000."""
_AT_ONCE: Final = 64
_ANSWERS_WITH: Final = 12
"""Words; nothing is kept of an answer that is longer, and it takes its time."""


@dataclass(slots=True)
class Flat:
    """What was read on the way."""

    every: int
    """Requests between two readings."""
    resident_mb: list[float] = field(default_factory=list)
    """Of all processes, pages that they share counted once."""
    own_mb: list[float] = field(default_factory=list)
    """Of these, the gateway's own process."""
    processor_s: float = 0.0
    """Of the gateway's own process."""
    took_s: float = 0.0

    @property
    def drift(self) -> float | None:
        """How far the highest of the later readings is above the first full one; None: too few."""
        first = max(READINGS // 10 - 1, -(-FULL // self.every) - 1)
        base, *later = self.resident_mb[first:] or [0.0]
        return max(later) / base - 1 if later else None


Told = Callable[[Flat], None]


async def soak(folder: Path, *, requests: int, users: int, told: Told) -> Flat:
    """Ask so often, everybody in turn; `told` hears of each reading."""
    await asyncio.to_thread(init, folder / "keys", name="guardrail-gw/soak")
    context = module("tests.bench.provider", str(_ANSWERS_WITH))
    port = await asyncio.to_thread(context.__enter__)
    try:
        async with fleet(folder, configuration(folder, port, users), 1) as (worker,):
            return await _soaked(worker, requests, users, told)
    finally:
        await asyncio.to_thread(context.__exit__, None, None, None)


async def _soaked(worker: Worker, requests: int, users: int, told: Told) -> Flat:
    flat, start, pid = Flat(requests // READINGS), time.monotonic(), worker.process.pid
    begun_s = processor_s(pid)
    port = int(worker.base_url.rpartition(":")[2])
    clients = [await _connected(port) for _ in range(_AT_ONCE)]
    for reading in range(READINGS):
        end = (reading + 1) * flat.every
        numbers = iter(range(reading * flat.every, end))
        async with asyncio.TaskGroup() as tasks:
            for client in clients:
                tasks.create_task(_ask_on(client, numbers, users))
        flat.resident_mb.append((await asyncio.to_thread(memory_mb, pid))["pss"])
        flat.own_mb.append((await asyncio.to_thread(resident_kb, pid))["pss"] / 1e3)
        flat.processor_s = processor_s(pid) - begun_s
        flat.took_s = time.monotonic() - start
        await asyncio.to_thread(told, flat)
    return flat


async def _connected(port: int) -> Client:
    _, client = await asyncio.get_running_loop().create_connection(Client, "127.0.0.1", port)
    return client


async def _ask_on(client: Client, numbers: Iterator[int], users: int) -> None:
    for number in numbers:
        await client.ask(_request(number, users))


def _request(number: int, users: int) -> bytes:
    text = f"Question {number}: may person{number}@example.org have item {number * 7919 % 104729}?"
    body = json.dumps(
        {
            "model": "assistant",
            "stream": number % 4 == 0,
            "max_tokens": 80,
            "messages": [{"role": "user", "content": text}],
        }
    ).encode()
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {_key(number % users)}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _key(user: int) -> str:
    return f"ggw-soak-{user:06}"


def configuration(folder: Path, port: int, users: int) -> dict[str, Any]:
    """A key, a budget and a rate for everybody."""
    return {
        **by_rules(folder),
        "access": {
            "keys": [
                {
                    "id": f"k{n}",
                    "sha256": digest(_key(n)),
                    "tenant": "acme",
                    "team": f"t{n % 50}",
                    "user": f"u{n}",
                }
                for n in range(users)
            ]
        },
        "models": [{"name": "assistant", "deployments": ["one"]}],
        "deployments": [
            {
                "id": "one",
                "provider": "openai-compatible",
                "model": "bench",
                "base_url": f"http://127.0.0.1:{port}/v1",
                "inference": ["DE"],
                "storage": ["DE"],
                "price": {"input": "0.5", "output": "1.5"},
            }
        ],
        "budgets": [{"id": "user-day", "per": ["user"], "usd": 1000, "every": "day"}],
        "rates": [
            {
                "id": "user",
                "per": ["user"],
                "requests_per_minute": 1_000_000,
                "tokens_per_minute": 1_000_000_000,
                "concurrent": 100,
            }
        ],
    }


def main() -> int:
    """Soak, print, judge."""
    options = _options()
    options.json.parent.mkdir(parents=True, exist_ok=True)

    def told(flat: Flat) -> None:
        _show(flat)
        options.json.write_text(json.dumps(_report(flat)) + "\n", encoding="utf-8")

    print(" requests  all MB  own MB  ms of the processor   seconds  load", flush=True)
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        flat = uvloop.run(
            soak(Path(name), requests=options.requests, users=options.users, told=told)
        )
    requests, drift = flat.every * READINGS, flat.drift
    print(f"{requests:,} requests of {options.users:,} people in {flat.took_s:.0f} s")
    if drift is None:
        print(f"too few to say whether it is flat: more than {FULL:,} are")
    else:
        print(f"drift {drift:+.1%}, at most {DRIFT:.0%}: {'met' if drift <= DRIFT else 'MISSED'}")
    return 1 if drift is not None and drift > DRIFT else 0


def _show(flat: Flat) -> None:
    """One line of the table: so far, of the last reading."""
    done, load = flat.every * len(flat.own_mb), os.getloadavg()[0]
    own, each_ms = flat.own_mb[-1], 1000 * flat.processor_s / done
    print(f"{done:>9,} {flat.resident_mb[-1]:7.1f} {own:7.1f}", end=" ")
    print(f"{each_ms:20.2f} {flat.took_s:9.0f} {load:5.1f}", flush=True)


def _report(flat: Flat) -> dict[str, Any]:
    return {
        "every": flat.every,
        "resident_mb": flat.resident_mb,
        "own_mb": flat.own_mb,
        "took_s": flat.took_s,
        "processor_s": flat.processor_s,
        "drift": flat.drift,
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.run", description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--json", type=Path, default=Path("build/soak.json"))
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
