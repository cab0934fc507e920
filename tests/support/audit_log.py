"""The audit log as tests use it: opened, written to, and read as an auditor would."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from guardrail_gw.audit.log import AuditLog
from guardrail_gw.audit.review import Opened, show
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.audit.writer import Bounds
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.policy.policy import Detail
from tests.support.audit_world import (
    World,
    arrival,
    files,
    inbound,
    judged,
    placed,
    policy,
    redacted,
)


def open_log(keyed: World, tmp_path: Path, bounds: Bounds | None = None) -> AuditLog:
    """A log in `tmp_path`."""
    return AuditLog.open(tmp_path / "log", keyed.keys, SystemClock(), bounds=bounds or Bounds())


async def pieces_of(*pieces: bytes, error: Exception | None = None) -> AsyncIterator[bytes]:
    """An answer, perhaps one that breaks off."""
    for piece in pieces:
        await asyncio.sleep(0)
        yield piece
    if error is not None:
        raise error


async def exchange(
    log: AuditLog, number: int = 0, *, detail: Detail = Detail.METADATA, body: bytes = b""
) -> list[bytes]:
    """One exchange that ends well."""
    async with log.entry(arrival(number)) as entry:
        asked = inbound(number, body=body)
        entry.identified(asked, policy(detail))
        entry.redacted(redacted(asked))
        await entry.commit(placed(asked), policy(detail))
        return [piece async for piece in entry.closing(pieces_of(b"one", b"two"))]


async def opened(keyed: World, tmp_path: Path) -> list[Opened]:
    """Verify and open the log as an auditor would, away from the event loop."""

    def read() -> list[Opened]:
        report = judged(files(tmp_path / "log"), keyed.public)
        assert report.verdict is Verdict.OK, report
        return list(show(tmp_path / "log", [keyed.auditor, keyed.escrow]))

    return await asyncio.to_thread(read)


def told(records: list[Opened], kind: str) -> dict[str, Any]:
    """What the only record of a kind says."""
    found = [o.meta for o in records if o.kind == kind]
    assert len(found) == 1
    assert found[0] is not None
    return found[0]
