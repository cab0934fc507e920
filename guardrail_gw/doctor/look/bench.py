"""A short run of this configuration on this machine: a gateway of its own, a stand-in provider.

Detection, policies, workers and the disk are those of the configuration; keys, log and state are
made for the run and removed after it, the provider answers at once, on loopback. No two texts are
alike, and each has personal data in it.
"""

import asyncio
import json
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import aiohttp

from guardrail_gw.core.deployment import Deployment
from guardrail_gw.doctor.sizes import Measured, Run
from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.generate import init
from guardrail_gw.settings import Settings
from guardrail_gw.standin.server import StandIn

CONNECTIONS: Final = 16
ALONE_S: Final = 2.0
CROWDED_S: Final = 4.0
_READY: Final = re.compile(r'"address": ?"([^"]+)"')
_START_S: Final = 90.0
_STOP_S: Final = 15.0
_LEFT_OUT: Final = frozenset(
    (
        *("admin", "shadow_policies", "policy_signing", "catalog", "semantic", "zone", "webhook"),
        *("budgets", "rates", "tags", "credentials", "cache", "state", "telemetry", "probe"),
        *("workers", "secrets_watch_s", "mcp"),
    )
)
"""Of the configuration: what reaches others, or refuses by what was asked before."""


async def measured(settings: Settings, place: Deployment) -> Measured:
    """Serve for some seconds, and measure.

    Args:
        settings: what is configured.
        place: a deployment whose countries the stand-in is said to be in, so that it is lawful.

    Raises:
        ConfigError: the gateway does not start with it; says what it said.
    """
    beside = settings.resolve(settings.gateway.audit.directory)
    there = next(each for each in beside.parents if each.is_dir() and os.access(each, os.W_OK))
    with tempfile.TemporaryDirectory(prefix=".doctor-", dir=there) as name:
        folder = Path(name)
        await asyncio.to_thread(init, folder / "keys", name="guardrail-gw/doctor")
        async with StandIn() as provider:
            config = configured(settings, provider.base_url, place)
            path = folder / "gateway.yaml"
            await asyncio.to_thread(path.write_text, json.dumps(config), encoding="utf-8")
            async with _served(path) as (pid, url):
                await _run(pid, url, 1, ALONE_S / 2)  # everything has been used once
                alone = await _run(pid, url, 1, ALONE_S)
                crowded = await _run(pid, url, CONNECTIONS, CROWDED_S)
    return Measured(alone=alone, crowded=crowded)


def configured(settings: Settings, base_url: str, place: Deployment) -> dict[str, Any]:
    """The gateway.yaml of the run: what decides as it is configured, and nobody else to reach.

    Args:
        settings: what is configured.
        base_url: the stand-in's.
        place: a deployment whose countries it is said to be in.
    """
    gateway = settings.gateway
    config: dict[str, Any] = gateway.model_dump(mode="json", by_alias=True, exclude_unset=True)
    for left_out in _LEFT_OUT:
        config.pop(left_out, None)
    detection = config.setdefault("detection", {})
    for own in ("recognizer_files",):
        if own in detection:
            detection[own] = [str(settings.resolve(name)) for name in detection[own]]
    if (model := detection.get("model")) not in {None, "shipped"}:
        detection["model"] = str(settings.resolve(model))
    who = gateway.access.single_tenant or settings.virtual_keys()[0]
    return config | {
        "listen": {"host": "127.0.0.1", "port": 0},
        "access": {"single_tenant": {"tenant": who.tenant, "team": who.team, "user": who.user}},
        "policies": str(settings.resolve(gateway.policies)),
        "policy_watch_s": 0,
        "audit": {"directory": "audit", "keys": "keys/gateway", "public": "keys/audit-public"},
        "state": {"store": "memory"},
        "models": [{"name": "doctor", "deployments": ["doctor"]}],
        "deployments": [
            {
                "id": "doctor",
                "provider": "openai-compatible",
                "model": "echo",
                "base_url": base_url,
                "inference": sorted(place.inference),
                "storage": sorted(place.storage),
            }
        ],
    }


@asynccontextmanager
async def _served(path: Path) -> AsyncIterator[tuple[int, str]]:
    """A gateway as a process; its id, and where it listens."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "guardrail_gw", "serve", "--config", str(path)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None  # noqa: S101 - it is a pipe
    reading = asyncio.ensure_future(_address(process.stderr))
    try:
        async with asyncio.timeout(_START_S):
            url = await reading
        draining = asyncio.ensure_future(process.stderr.read())
        try:
            yield process.pid, url
        finally:
            draining.cancel()
    except TimeoutError:
        raise ConfigError("the gateway of the run was not ready in time") from None
    finally:
        reading.cancel()
        await _stopped(process)


async def _address(stderr: asyncio.StreamReader) -> str:
    last = ""
    async for raw in stderr:
        line = raw.decode("utf-8", "replace")
        if found := _READY.search(line):
            return f"http://{found[1]}"
        last = line.strip() or last
    raise ConfigError(f"the gateway of the run did not start: {last}")


async def _stopped(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def _run(pid: int, url: str, connections: int, lasts_s: float) -> Run:
    times_ms, numbers = list[float](), iter(range(10**9))
    before_s, begun_s = _processor_s(pid), perf_counter()
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), trust_env=False) as client,
        asyncio.TaskGroup() as tasks,
    ):
        for _ in range(connections):
            tasks.create_task(_ask_on(client, url, numbers, begun_s + lasts_s, times_ms))
    took_s = perf_counter() - begun_s
    times_ms.sort()
    last = len(times_ms) - 1
    return Run(
        connections=connections,
        requests=len(times_ms),
        took_s=took_s,
        p50_ms=times_ms[last // 2] if times_ms else 0.0,
        p99_ms=times_ms[last * 99 // 100] if times_ms else 0.0,
        processors=(_processor_s(pid) - before_s) / took_s,
    )


async def _ask_on(
    client: aiohttp.ClientSession,
    url: str,
    numbers: Iterator[int],
    until_s: float,
    times_ms: list[float],
) -> None:
    while (begun_s := perf_counter()) < until_s:
        body = {"model": "doctor", "messages": [{"role": "user", "content": _text(next(numbers))}]}
        async with client.post(f"{url}/v1/chat/completions", json=body) as response:
            answer = await response.read()
            if response.status != 200:  # noqa: PLR2004 - HTTP
                code = json.loads(answer).get("error", {}).get("code", response.status)
                raise ConfigError(f"the gateway of the run refuses a request: {code}")
        times_ms.append(1000 * (perf_counter() - begun_s))


def _text(number: int) -> str:
    """Some hundred words of a person who is not there; never the same twice."""
    story = (
        "I have asked three times why the refund of my last order has still not arrived, and"
        " nobody could tell me what the next step would be. Please write me a short answer that I"
        " can show to my bank, with the day on which the money was sent and what papers are"
        f" still missing for case {number * 7919 % 104_729}. "
    )
    return f"My name is Anna Schmidt {number}, write to person{number}@example.org. {story * 2}"


def _processor_s(root: int) -> float:
    """Seconds of processor time of a process and all below it so far."""
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        with suppress(OSError, ValueError, IndexError):
            fields = (
                Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            )
            total += int(fields[11]) + int(fields[12])
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (task / "children").read_text(encoding="ascii").split())
    return total / os.sysconf("SC_CLK_TCK")
