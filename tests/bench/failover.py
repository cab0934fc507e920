"""What it costs that somebody else answers, or goes on: milliseconds that a client waits.

A whole gateway and its stand-ins on loopback, in one process; detectors are the shipped ones, in a
thread. Each way is taken in turn with the direct one, and the least of many rounds counts. Of whole
requests the processor time is told besides (gateway, client and stand-ins together), which a busy
machine makes hardly longer: there is nothing else in it that waits.

python -m tests.bench.failover [--quick]
"""

import asyncio
import logging
import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import aiohttp

from tests.bench.verdicts import target
from tests.support.world import KEY, World, world

Row = dict[str, Any]

_TEXT: Final = "My name is Anna Schmidt. " + "and so it goes on and on " * 4
_ROUNDS: Final = 3
_LONG: Final = float("inf")
_REFUSED: Final = "added by a refused connection"
_FAILED: Final = "added by a 500, beyond the time that it took"
_RESUMED: Final = "gap of a stream that goes on, beyond the new provider's first token"
_BOUNDS_MS: Final = {
    _REFUSED: 5.0,
    f"{_REFUSED}, processor": 5.0,
    _FAILED: 2.0,
    f"{_FAILED}, processor": 2.0,
    _RESUMED: 5.0,
}
_HEADERS: Final = {"Authorization": f"Bearer {KEY}"}


def _contents(chunk: bytes) -> int:
    return chunk.count(b'"content":"') - chunk.count(b'"content":""')


async def _times(
    client: aiohttp.ClientSession, url: str, model: str, behaviour: str | None = None
) -> list[float]:
    """When content came, in milliseconds from the request; of an error, when its head came."""
    body = {
        "model": behaviour or model,
        "stream": True,
        "messages": [{"role": "user", "content": _TEXT}],
    }
    begun, came = time.perf_counter(), list[float]()
    async with client.post(url, json=body, headers=_HEADERS) as response:
        if response.status != 200:
            return [(time.perf_counter() - begun) * 1e3]
        async for chunk in response.content.iter_any():
            came += [(time.perf_counter() - begun) * 1e3] * _contents(chunk)
    return came


async def _rounds(here: World, rounds: int) -> dict[str, list[float]]:
    """What was waited for: `direct`, `refused`, ... -> milliseconds of each round."""
    found: dict[str, list[float]] = {}
    url, first, second = f"{here.base_url}/v1/chat/completions", here.eu, here.eu2
    at_first, at_second = (f"{each.base_url}/chat/completions" for each in (first, second))
    for _ in range(rounds):
        await _times(here.client, url, "first")  # whose breaker is well again
        waited = dict[str, float]()
        for name in ("direct", "refused"):
            began = time.process_time()
            waited[name] = (await _times(here.client, url, name))[0]
            waited[f"{name}, processor"] = (time.process_time() - began) * 1e3
        first.script.extend(["status-500"] * 2)
        began = time.process_time()
        waited["own"] = (await _times(here.client, at_first, "echo"))[0]
        between = time.process_time()
        waited["failed"] = (await _times(here.client, url, "failing"))[0]
        waited["own, processor"] = (between - began) * 1e3
        waited["failed, processor"] = (time.process_time() - between) * 1e3
        waited["token"] = (await _times(here.client, at_second, "echo"))[0]
        first.script.append("cut?after=9")
        second.script.append("go-on")
        came = await _times(here.client, url, "failing")
        waited["gap"] = max(later - earlier for earlier, later in pairwise(came))
        for name, each in waited.items():
            found.setdefault(name, []).append(each)
    return found


def _nobody() -> str:
    """An address at which nobody listens."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listening.getsockname()[1]}/v1"


async def _measured(rounds: int) -> dict[str, list[float]]:
    """Each figure of so many rounds, after one that warms."""
    models: list[dict[str, Any]] = [
        {"name": "direct", "deployments": ["eu2-0"]},
        {"name": "first", "deployments": ["eu-0"]},
        {"name": "refused", "deployments": ["eu-1", "eu2-0"]},
        {"name": "failing", "deployments": ["eu-0", "eu2-0"], "on_stream_failure": "resume"},
    ]
    dead = {"eu-1": {"base_url": _nobody(), "model": "echo"}}
    with tempfile.TemporaryDirectory() as folder:
        async with world(Path(folder), models=models, known=dead) as here:
            await _rounds(here, 1)
            return await _rounds(here, rounds)


def failovers(quick: bool) -> Iterator[Row]:  # noqa: FBT001 - every row's
    """What it costs that somebody else answers, or goes on: by the least of all rounds of each."""
    least: dict[str, float] = {}
    for _ in range(3 if quick else 30):  # a breaker minds no more failures than these
        for name, each in asyncio.run(_measured(_ROUNDS)).items():
            least[name] = min([least.get(name, _LONG), *each])
    added = {
        _REFUSED: least["refused"] - least["direct"],
        _FAILED: least["failed"] - least["direct"] - least["own"],
        _RESUMED: least["gap"] - least["token"],
    }
    refused, failed, own, direct = (
        least[f"{name}, processor"] for name in ("refused", "failed", "own", "direct")
    )
    added[f"{_REFUSED}, processor"] = refused - direct
    added[f"{_FAILED}, processor"] = failed - direct - own
    for name, bound in _BOUNDS_MS.items():
        yield target(f"ms, {name}", added[name], at_most=bound)


if __name__ == "__main__":
    logging.getLogger().setLevel(logging.ERROR)
    for row in failovers("--quick" in sys.argv):
        print(f"{row['measured']:8.2f}  {row['wanted']:>8}  {row['what']}")
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} CPUs")
