"""Room on the disk: marks, the ballast, and what still goes when it is full."""

import errno
import os
from pathlib import Path

import pytest

from guardrail_gw.audit.keepers import Keepers
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.space import BALLAST, Level, Marks, Space, free_bytes
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.audit.writer import Bounds, Writer
from guardrail_gw.errors import AuditFull
from guardrail_gw.observability.clock import SystemClock
from tests.support.audit_world import World, files, intent, judged, outcome, pair

MARKS = Marks(warn_bytes=3000, stop_bytes=1000, ballast_bytes=500)


class Disk:
    """A disk that has what a test says."""

    def __init__(self, free: int) -> None:
        self.free = free

    def __call__(self, directory: Path) -> int:
        return self.free


def test_marks_are_passed_on_the_way_down_and_back(tmp_path: Path) -> None:
    """Below the first mark it is low, below the second full until the ballast fits."""
    disk = Disk(4000)
    space = Space(tmp_path, MARKS, disk)

    seen = []
    for free in (4000, 2999, 1000, 999, 1499, 1500, 4000):
        disk.free = free
        space.look()
        seen.append(space.level)

    enough, low, full = Level.ENOUGH, Level.LOW, Level.FULL
    assert seen == [enough, low, low, full, full, low, enough]


def test_the_ballast_takes_up_space(tmp_path: Path) -> None:
    """It is a file without holes, there from the first look until it is needed or the log ends."""
    space = Space(tmp_path, Marks(ballast_bytes=1 << 20))
    space.look()
    there = (tmp_path / BALLAST).stat()
    space.release()
    spent = (tmp_path / BALLAST).exists()
    level = space.level
    space.look()
    again = (tmp_path / BALLAST).exists()
    space.close()

    assert there.st_blocks * 512 >= 1 << 20
    assert (spent, level, again) == (False, Level.FULL, True)
    assert not (tmp_path / BALLAST).exists()
    assert space.free > 0
    assert free_bytes(tmp_path) > 0


def test_a_small_disk_gets_no_ballast(tmp_path: Path) -> None:
    """Where the ballast itself would pass the mark, none is made."""
    Space(tmp_path, MARKS, Disk(1400)).look()

    assert not (tmp_path / BALLAST).exists()


def _writer(keyed: World, log: Path, disk: Disk) -> Writer:
    clock = SystemClock()
    keepers = Keepers(space=Space(log, MARKS, disk))
    ledger = Ledger(log, keyed.keys, clock, Limits(watch_s=0.01), keepers)
    writer = Writer(ledger, clock, Bounds())
    writer.start()
    return writer


async def test_before_the_disk_is_full_nothing_new_begins(keyed: World, tmp_path: Path) -> None:
    """A new intent is refused with a code of its own; the outcome of a running one is written."""
    disk = Disk(4000)
    writer = _writer(keyed, tmp_path / "log", disk)
    (running,) = await writer.settled(writer.submit([intent(1)], begins=True))
    disk.free = 900
    with pytest.raises(AuditFull) as refused:
        while True:
            await writer.settled(writer.submit(pair(2), begins=True))
    await writer.settled(writer.submit([outcome(running.index)]))
    await writer.close()

    report = judged(files(tmp_path / "log"), keyed.public)
    assert refused.value.code == "audit.full"
    assert refused.value.retry_after_s
    assert (report.verdict, report.closed) == (Verdict.OK, True)


class FullDisk:
    """In the place of write: refuses for want of room until somebody makes some."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, ballast: Path) -> None:
        self._ballast, self._real, self.full = ballast, os.write, False
        monkeypatch.setattr("guardrail_gw.audit.segments.os.write", self._write)

    def _write(self, handle: int, data: bytes) -> int:
        if self.full and self._ballast.exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._real(handle, data)


async def test_the_ballast_is_for_what_runs(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that fails for want of room is done again for outcomes, and not for intents."""
    log = tmp_path / "log"
    writer = _writer(keyed, log, Disk(4000))
    (running,) = await writer.settled(writer.submit([intent(1)], begins=True))
    full = FullDisk(monkeypatch, log / BALLAST)
    full.full = True

    begun = writer.submit([intent(2)], begins=True)
    ended = writer.submit([outcome(running.index)])
    (stored,) = await writer.settled(ended)
    with pytest.raises(AuditFull):
        await writer.settled(begun)
    await writer.close()

    report = judged(files(log), keyed.public)
    assert stored.index > running.index
    assert report.kinds["gap"] == 1
    assert (report.verdict, report.closed) == (Verdict.OK, True)


async def test_what_ends_a_moment_after_the_disk_was_full_has_the_room_of_the_ballast(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not come with what found the disk full, and does not wait until a log is tried."""
    log = tmp_path / "log"
    writer = _writer(keyed, log, Disk(4000))
    (running,) = await writer.settled(writer.submit([intent(1)], begins=True))
    full = FullDisk(monkeypatch, log / BALLAST)
    full.full = True

    with pytest.raises(AuditFull):
        await writer.settled(writer.submit([intent(2)], begins=True))
    (stored,) = await writer.settled(writer.submit([outcome(running.index)]))
    await writer.close()

    report = judged(files(log), keyed.public)
    assert stored.index > running.index
    assert (report.verdict, report.closed) == (Verdict.OK, True)
