"""A gateway in processes of its own, as people run it, with stand-ins for its providers."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from guardrail_gw.audit.report import Report
from guardrail_gw.audit.review import Opened, show, verify_directory
from guardrail_gw.cli.demo_folder import prepare
from guardrail_gw.keys.audit_keys import load_recipient
from guardrail_gw.standin.server import StandIn
from tests.support.serving import GATEWAY

_AHEAD_US = 7_200_000_000
"""So that a log without a shutdown record counts as ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A gateway that runs, or has run."""

    process: asyncio.subprocess.Process
    folder: Path
    log: Path
    us: StandIn
    eu: StandIn

    def lines(self, event: str) -> list[dict[str, Any]]:
        """The log lines of one event."""
        said = [json.loads(x) for x in self.log.read_text().splitlines() if x.startswith("{")]
        return [line for line in said if line["event"] == event]

    async def said(self, event: str, *, times: int = 1) -> list[dict[str, Any]]:
        """Wait until an event was logged so often."""
        for _ in range(1200):
            if len(found := self.lines(event)) >= times:
                return found
            if self.process.returncode is not None:
                break
            await asyncio.sleep(0.05)
        raise AssertionError(self.log.read_text())

    async def base_url(self) -> str:
        """Where clients connect."""
        return f"http://{(await self.said('gateway.ready'))[0]['address']}"

    async def probe_url(self) -> str:
        """Where probes look."""
        return f"http://{(await self.said('gateway.admin'))[0]['address']}"

    async def ended(self, seconds: float = 30) -> int:
        """Its exit code."""
        return await asyncio.wait_for(self.process.wait(), seconds)

    def logs(self) -> list[Path]:
        """The folders of its audit logs."""
        whole = self.folder / "audit"
        return [d for d in (whole, *sorted(whole.glob("w*/"))) if any(d.glob("*.seg"))]

    def reports(self) -> list[Report]:
        """Each log, verified with public material only."""
        public, now_us = self.folder / "keys" / "audit-public", time.time_ns() // 1000
        return [verify_directory(d, public, now_us=now_us + _AHEAD_US) for d in self.logs()]

    def records(self) -> list[Opened]:
        """All records of all logs."""
        key = load_recipient(self.folder / "keys" / "auditors" / "auditor.key")
        return [record for log in self.logs() for record in show(log, [key])]

    def outcomes(self) -> list[Mapping[str, Any]]:
        """What the outcome records say."""
        return [r.meta for r in self.records() if r.kind == "outcome" and r.meta]


@asynccontextmanager
async def served(
    folder: Path,
    config: Mapping[str, Any] | None = None,
    *,
    options: Sequence[str] = (),
    change: Callable[[Path], None] | None = None,
    program: Sequence[str] = GATEWAY,
) -> AsyncIterator[Served]:
    """`guardrail-gw serve` on the demo's configuration.

    Args:
        folder: gets the gateway's files; what an earlier one left there is gone on with.
        config: fields beside, or in place of, the demo's.
        options: of the command.
        change: is given the path of gateway.yaml before it starts.
        program: what is run; takes the words of `guardrail-gw`.
    """
    async with StandIn() as us, StandIn() as eu:
        path = prepare(folder, us=us.base_url, eu=eu.base_url, port=0)
        whole = yaml.safe_load(path.read_text(encoding="utf-8")) | dict(config or {})
        path.write_text(json.dumps(whole), encoding="utf-8")
        if change is not None:
            change(path)
        log = folder / "gateway.log"
        with log.open("wb") as stderr:
            process = await asyncio.create_subprocess_exec(
                *(*program, "serve", "--config", str(path), "--log-level", "debug", *options),
                stderr=stderr,
                stdout=stderr,
            )
        try:
            yield Served(process=process, folder=folder, log=log, us=us, eu=eu)
        finally:
            if process.returncode is None:
                process.terminate()
                try:
                    await asyncio.wait_for(process.wait(), 30)
                except TimeoutError:
                    process.kill()
                    await process.wait()


def address_of(line: Mapping[str, Any]) -> tuple[str, int]:
    """Host and port of a log line."""
    found = re.fullmatch(r"(.*):([0-9]+)", line["address"])
    assert found is not None
    return found[1], int(found[2])


async def chat(
    client: aiohttp.ClientSession, base_url: str, text: str, **more: Any
) -> tuple[int, bytes]:
    """One chat completion."""
    body = {"model": "assistant", "messages": [{"role": "user", "content": text}], **more}
    async with client.post(f"{base_url}/v1/chat/completions", json=body) as response:
        return response.status, await response.read()
