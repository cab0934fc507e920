"""Several gateways as processes: each with a log of its own, over one configuration."""

import asyncio
import json
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_READY = re.compile(r'"address": ?"([^"]+)"')
_READY_WITHIN_S = 60
_STOPS_WITHIN_S = 30
POLICY = """\
apiVersion: guardrail-gw/v1
kind: Policy
metadata: {id: rules, version: 1, owner: tests, description: for tests}
spec:
  match: {tenant: ["*"], team: ["*"], endpoint: ["*"]}
  pii:
    default: {action: token, min_score: 0.5}
    entities: {EMAIL_ADDRESS: {action: token}}
  attachments: block
  residency: {allow_jurisdictions: [EU], when: pii_detected, on_violation: reroute}
  audit: {detail: metadata}
"""
"""What rules find is replaced and stays in the EU; without a model a gateway starts sooner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One gateway process."""

    process: asyncio.subprocess.Process
    base_url: str
    audit: Path
    log: Path

    async def kill(self) -> None:
        """End it without a word."""
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


@asynccontextmanager
async def fleet(folder: Path, config: Mapping[str, Any], count: int) -> AsyncIterator[list[Worker]]:
    """Start `count` gateways at once, and stop those that are left in the end.

    Args:
        folder: holds the keys that the configuration names; the logs go there too.
        config: a gateway.yaml; `audit.directory` gets a number at its end.
        count: how many.
    """
    async with AsyncExitStack() as stack:
        started = [
            asyncio.ensure_future(stack.enter_async_context(_worker(folder, config, number)))
            for number in range(1, count + 1)
        ]
        yield await asyncio.gather(*started)


@asynccontextmanager
async def _worker(folder: Path, config: Mapping[str, Any], number: int) -> AsyncIterator[Worker]:
    audit = folder / f"audit-{number}"
    own = {**config, "audit": {**config["audit"], "directory": audit.name}}
    path, log = folder / f"gateway-{number}.yaml", folder / f"gateway-{number}.log"
    path.write_text(json.dumps(own), encoding="utf-8")
    with log.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "guardrail_gw", "serve", "--config", str(path)), stderr=stderr
        )
    try:
        base_url = await _address(process, log)
        yield Worker(process=process, base_url=base_url, audit=audit, log=log)
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOPS_WITHIN_S)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise


async def _address(process: asyncio.subprocess.Process, log: Path) -> str:
    async with asyncio.timeout(_READY_WITHIN_S):
        while process.returncode is None:
            if found := _READY.search(log.read_text(encoding="utf-8")):
                return f"http://{found[1]}"
            await asyncio.sleep(0.02)
    raise AssertionError(log.read_text(encoding="utf-8"))


def by_rules(folder: Path) -> dict[str, Any]:
    """The lines of a gateway.yaml for gateways in `folder` that have this policy and no model."""
    (folder / "policies").mkdir()
    (folder / "policies" / "policy.yaml").write_text(POLICY, encoding="utf-8")
    return {
        "apiVersion": "guardrail-gw/v1",
        "kind": "Gateway",
        "listen": {"host": "127.0.0.1", "port": 0},
        "policies": "policies",
        "detection": {"model": None},
        "audit": {"directory": "audit", "keys": "keys/gateway", "public": "keys/audit-public"},
    }
