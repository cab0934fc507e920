"""The log as a whole: its probe, its policies, many exchanges at once."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from guardrail_gw.audit.batch import Stored
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.log import AuditLog
from guardrail_gw.audit.writer import Bounds, Writer
from guardrail_gw.errors import AuditDown, Blocked
from guardrail_gw.observability.clock import SystemClock
from tests.support.audit_log import exchange, open_log, opened
from tests.support.audit_world import World, arrival, inbound, policy


async def test_a_new_policy_is_recorded_before_its_first_request(
    keyed: World, tmp_path: Path
) -> None:
    """A policy record stands before the first intent under another digest, and only there."""
    log = open_log(keyed, tmp_path)
    for digest in ("sha256:" + "1" * 64, "sha256:" + "1" * 64, "sha256:" + "2" * 64):
        with pytest.raises(Blocked):
            async with log.entry(arrival()) as entry:
                entry.identified(inbound(), policy(digest=digest))
                raise Blocked("no")
    await log.close()

    kinds = [o.kind for o in await opened(keyed, tmp_path)]
    pair = ["intent", "outcome"]
    assert kinds == ["epoch", "policy", *pair, *pair, "policy", *pair, "shutdown"]


async def test_many_exchanges_at_once(keyed: World, tmp_path: Path) -> None:
    """Of 200 concurrent exchanges each has exactly one intent and one outcome."""
    log = open_log(keyed, tmp_path)
    await asyncio.gather(*(exchange(log, number) for number in range(200)))
    await log.close()

    counted = Counter(
        (o.kind, o.meta["request"])
        for o in await opened(keyed, tmp_path)
        if o.meta and "request" in o.meta
    )
    assert len(counted) == 400
    assert set(counted.values()) == {1}


async def test_ready_reads_its_canary_back(keyed: World, tmp_path: Path) -> None:
    """The probe succeeds on a good disk and refuses when the folder is in the way."""
    log = open_log(keyed, tmp_path)
    await log.ready()
    await log.close()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "log").write_text("in the way")
    broken = open_log(keyed, tmp_path / "other")
    with pytest.raises(AuditDown):
        await broken.ready()
    await broken.close()

    assert [o.kind for o in await opened(keyed, tmp_path)] == ["epoch", "heartbeat", "shutdown"]


class _Forgetful(Ledger):
    """A ledger whose file gives back something else than was written."""

    def confirmed(self, stored: Stored) -> bool:
        return super().confirmed(replace(stored, leaf_hash=bytes(32)))


async def test_ready_does_not_believe_a_write(keyed: World, tmp_path: Path) -> None:
    """A canary that was acknowledged but does not read back by its hash is not ready."""
    clock = SystemClock()
    ledger = _Forgetful(tmp_path / "log", keyed.keys, clock, Limits())
    writer = Writer(ledger, clock, Bounds())
    writer.start()

    with pytest.raises(AuditDown, match="read back"):
        await AuditLog(writer, clock).ready()
    await writer.close()
