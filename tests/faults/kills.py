"""`kill -9` of a gateway under load, again and again, on one log.

A provider counts what it receives; a gateway in front of it, with content at level `full`, gets
requests from many connections and is killed in the middle of them. In the end each text that the
provider received stands in an intent that both recipients' keys open, and the log verifies beside
its registry.
"""

import asyncio
import re
import tempfile
from collections.abc import Sequence, Sized
from pathlib import Path
from random import Random

import aiohttp
import yaml

from guardrail_gw.audit.review import Elsewhere, show, verify_directory
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.keys.audit_keys import load_recipient
from guardrail_gw.standin.server import StandIn
from tests.e2e.test_process import Served, served

_CONNECTIONS = 24
_PATIENCE = 6_000
"""Looks, 5 ms apart."""
_MARK = re.compile(r"text-\d+-\d+-\d+")
_GOOD = {Verdict.OK, Verdict.INCOMPLETE}


def main(kills: int, seed: int) -> list[str]:
    """Kill a gateway so often; what does not hold."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        received = asyncio.run(_run(home, kills, Random(seed)))
        return list(_problems(home, received))


async def _run(home: Path, kills: int, random: Random) -> set[str]:
    """The marks of the texts that the provider received."""
    async with StandIn() as us, StandIn() as eu:
        for turn in range(kills):
            async with served(home, us=us, eu=eu, change=_full) as there:
                sides = (us.received, eu.received)
                await _loaded(there, turn, sides, random.randint(1, 300))
            count = len(us.received) + len(eu.received)
            print(f"killed {turn + 1} times, {count} requests received", flush=True)
        bodies = [request.body.decode() for side in (us, eu) for request in side.received]
    return {mark for body in bodies for mark in _MARK.findall(body)}


def _full(config: Path) -> None:
    """A registry, and the whole request in each intent."""
    gateway = yaml.safe_load(config.read_text())
    gateway["audit"]["registry"] = "registry"
    config.write_text(yaml.safe_dump(gateway))
    policy = config.parent / "policies" / "policy.yaml"
    policy.write_text(policy.read_text().replace("detail: metadata", "detail: full"))


async def _loaded(there: Served, turn: int, sides: Sequence[Sized], more: int) -> None:
    """Kill it as soon as the providers have received so many requests more."""
    before = sum(map(len, sides))
    async with aiohttp.ClientSession() as client, asyncio.TaskGroup() as tasks:
        for number in range(_CONNECTIONS):
            tasks.create_task(_asking(client, there.base_url, f"text-{turn}-{number}"))
        for _ in range(_PATIENCE):
            if sum(map(len, sides)) >= before + more:
                break
            await asyncio.sleep(0.005)
        there.process.kill()


async def _asking(client: aiohttp.ClientSession, base_url: str, mark: str) -> None:
    """Ask until nobody answers any more."""
    for number in range(10_000):
        said = [{"role": "user", "content": f"{mark}-{number}"}]
        body = {"model": "assistant", "messages": said}
        try:
            url = f"{base_url}/v1/chat/completions"
            async with client.post(url, json=body) as response:
                await response.read()
        except aiohttp.ClientError:
            return


def _problems(home: Path, received: set[str]) -> list[str]:
    keys = [
        load_recipient(home / "keys" / "auditors" / f"{name}.key") for name in ("auditor", "escrow")
    ]
    elsewhere = Elsewhere(registry=home / "registry")
    report = verify_directory(home / "audit", home / "keys" / "audit-public", elsewhere=elsewhere)
    contents = (opened.content or b"" for opened in show(home / "audit", keys))
    recorded = {mark for content in contents for mark in _MARK.findall(content.decode())}
    print(f"{len(received)} received, {len(recorded)} recorded, {report.verdict.name}")
    found = []
    if report.verdict not in _GOOD or list((home / "audit").glob("quarantine-*")):
        found.append(f"the log does not hold: {[f.what for f in report.findings]}")
    if not received or (lost := received - recorded):
        found.append(f"received without an intent: {sorted(lost)[:5] if received else 'nothing'}")
    return found
