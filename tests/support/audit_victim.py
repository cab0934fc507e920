"""A process that writes a log until it is told to stop, or is killed, or its disk fails.

    python -m tests.support.audit_victim HOME COUNT [--limit BYTES] [--written]

Every acknowledged index is appended to HOME/acknowledged with one pwrite (so that faults injected
into `write` meet the log alone); a refusal is noted as -1. With `--written` it is acknowledged
before the disk has confirmed it.
"""

import argparse
import asyncio
import os
import resource
from pathlib import Path

from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.writer import Bounds, Writer
from guardrail_gw.errors import AuditDown
from guardrail_gw.keys.audit_keys import load_audit_keys
from guardrail_gw.observability.clock import SystemClock
from tests.support.audit_world import pair


async def main(home: Path, count: int, *, written: bool) -> None:
    """Append `count` pairs, one after the other."""
    keys = load_audit_keys(home / "keys" / "gateway", home / "keys" / "audit-public")
    clock = SystemClock()
    ledger = Ledger(home / "log", keys, clock, Limits(checkpoint_records=8))
    writer = Writer(ledger, clock, Bounds(reopen_s=0.0))
    writer.start()
    told = os.open(home / "acknowledged", os.O_WRONLY | os.O_CREAT, 0o600)
    at = 0
    for number in range(count):
        try:
            stored = await writer.settled(
                writer.submit(pair(number), on_write=written, begins=True)
            )
            line = b"".join(b"%d\n" % s.index for s in stored)
        except AuditDown:
            line = b"-1\n"
        at += os.pwrite(told, line, at)
    await writer.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.support.audit_victim")
    parser.add_argument("home", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--written", action="store_true")
    options = parser.parse_args()
    if options.limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (options.limit,) * 2)
    asyncio.run(main(options.home, options.count, written=options.written))
