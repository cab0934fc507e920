"""Several gateways as processes: each with a log of its own, over one configuration."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.serving import config_by_rules, rules_only, serve, until_ready

_STOPS_WITHIN_S = 30


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
        process = await asyncio.create_subprocess_exec(*serve(path), stderr=stderr)
    try:
        base_url = await until_ready(log, lambda: process.returncode is not None)
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


def by_rules(folder: Path) -> dict[str, Any]:
    """The lines of a gateway.yaml for gateways in `folder`, with a policy there and no model."""
    (folder / "policies").mkdir()
    (folder / "policies" / "policy.yaml").write_text(rules_only(), encoding="utf-8")
    return config_by_rules()
