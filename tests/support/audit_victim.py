"""A process that writes a log until it is told to stop, or is killed, or its disk fails.

    python -m tests.support.audit_victim HOME COUNT [--limit BYTES] [--written] [--all]
                                                    [--short N] [--torn N]

Every acknowledged index is appended to HOME/acknowledged with one pwrite (so that faults injected
into `write` meet the log alone); a refusal is noted as -1. With `--written` it is acknowledged
before the disk has confirmed it; with `--all` epochs are short, the log has a registry and a
ballast, and exchanges follow that are recorded as requests are: an intent that the disk confirms,
an outcome that shares its sync with the next intent. Whose outcome was told stands, as the intent's
index, in HOME/answered. The N-th write of the log is cut in half: with `--short` it says so, and
what calls it has to go on, with `--torn` the next write finds the disk full.
"""

import argparse
import asyncio
import errno
import itertools
import os
import resource
from pathlib import Path

from guardrail_gw.audit.keepers import Keepers
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.registry import FolderRegistry
from guardrail_gw.audit.space import Marks, Space
from guardrail_gw.audit.writer import Bounds, Writer
from guardrail_gw.errors import AuditDown
from guardrail_gw.keys.audit_keys import AuditKeys, load_audit_keys
from guardrail_gw.observability.clock import SystemClock
from tests.support.audit_world import intent, outcome, pair

SHORT = Limits(epoch_records=10, checkpoint_records=4)
"""So that a run of a few records turns its epoch, signs, and closes."""
_EXCHANGES = 6


def keepers(home: Path, keys: AuditKeys) -> Keepers:
    """A registry and a small ballast in the places that a test looks at."""
    registry = FolderRegistry(home / "registry", keys.name, keys.signer)
    marks = Marks(warn_bytes=0, stop_bytes=0, ballast_bytes=65_536)
    return Keepers(registry=registry, space=Space(home / "log", marks))


async def main(home: Path, count: int, *, written: bool, everything: bool) -> None:
    """Append `count` pairs, one after the other."""
    keys = load_audit_keys(home / "keys" / "gateway", home / "keys" / "audit-public")
    clock = SystemClock()
    limits, kept = Limits(checkpoint_records=8), Keepers()
    if everything:
        limits, kept = SHORT, keepers(home, keys)
    share_s = 0.0 if written else 60.0  # each by itself, or each with what comes next
    bounds = Bounds(reopen_s=0.0, share_s=share_s)
    writer = Writer(Ledger(home / "log", keys, clock, limits, kept), clock, bounds)
    writer.start()
    told = _Note(home / "acknowledged")
    for number in range(count):
        try:
            job = writer.submit(pair(number), on_write=written, begins=True)
            told.add(*(s.index for s in await writer.settled(job)))
        except AuditDown:
            told.add(-1)
    if everything:
        await _exchanges(writer, told, _Note(home / "answered"))
    await writer.close()


async def _exchanges(writer: Writer, told: "_Note", answered: "_Note") -> None:
    """A few, one after the other."""
    for number in range(_EXCHANGES):
        try:
            (stored,) = await writer.settled(writer.submit([intent(number)], begins=True))
            told.add(stored.index)
            await writer.settled(writer.submit([outcome(stored.index)], on_write=True))
            answered.add(stored.index)
        except AuditDown:
            told.add(-1)


class _Note:
    """Numbers, each in a file before the next thing happens."""

    def __init__(self, path: Path) -> None:
        self._handle, self._at = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), 0

    def add(self, *numbers: int) -> None:
        line = b"".join(b"%d\n" % number for number in numbers)
        self._at += os.pwrite(self._handle, line, self._at)


def cut_writes(number: int, *, torn: bool) -> None:
    """From here on the log's `number`-th write takes half of what it is given."""
    counted, real = itertools.count(1), os.write

    def write(handle: int, data: bytes) -> int:
        this = next(counted)
        if this == number:
            return real(handle, data[: len(data) // 2])
        if torn and this == number + 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, data)

    os.write = write  # type: ignore[assignment] # this process is about nothing else


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.support.audit_victim")
    parser.add_argument("home", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--written", action="store_true")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--short", type=int)
    parser.add_argument("--torn", type=int)
    options = parser.parse_args()
    if options.limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (options.limit,) * 2)
    if options.short or options.torn:
        cut_writes(options.short or options.torn, torn=options.torn is not None)
    asyncio.run(main(options.home, options.count, written=options.written, everything=options.all))
