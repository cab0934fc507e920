"""A real file system that is filled by somebody else, with exchanges running."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from guardrail_gw.audit.keepers import Keepers
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.space import BALLAST, Level, Marks, Space
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.audit.writer import Bounds, Writer
from guardrail_gw.errors import AuditDown, AuditFull
from guardrail_gw.observability.clock import SystemClock
from tests.support.audit_world import World, files, intent, judged, outcome

pytestmark = [pytest.mark.e2e, pytest.mark.allow_blocking]
_RUNNING = 40


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Two megabytes of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("nothing can be mounted here")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)  # noqa: S607 - as the system has it


def _writer(keyed: World, log: Path, ballast: int) -> tuple[Writer, Space]:
    clock = SystemClock()
    space = Space(log, Marks(warn_bytes=0, stop_bytes=0, ballast_bytes=ballast))
    ledger = Ledger(log, keyed.keys, clock, Limits(watch_s=3600), Keepers(space=space))
    writer = Writer(ledger, clock, Bounds(reopen_s=0.0))
    writer.start()
    return writer, space


def _filled(disk: Path) -> Path:
    """Every byte that is left goes into another file."""
    filler = disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return filler


async def test_what_runs_is_recorded_to_its_end(keyed: World, disk: Path) -> None:
    """No outcome is lost and the log ends in order; nothing new begins until there is room."""
    writer, space = _writer(keyed, disk / "log", 512 << 10)
    begun = [await writer.settled(writer.submit([intent(n)], begins=True)) for n in range(_RUNNING)]
    filler = _filled(disk)

    for (running,) in begun:
        await writer.settled(writer.submit([outcome(running.index)]))
    with pytest.raises(AuditFull):
        await writer.settled(writer.submit([intent(99)], begins=True))
    spent = not (disk / "log" / BALLAST).exists()
    await writer.close()
    filler.unlink()
    again, anew = _writer(keyed, disk / "log", 512 << 10)
    await again.settled(again.submit([intent(100), outcome()], begins=True))
    await again.close()

    report = judged(files(disk / "log"), keyed.public)
    assert spent
    assert (space.level, anew.level) == (Level.FULL, Level.ENOUGH)
    assert (report.verdict, report.findings) == (Verdict.OK, ())
    assert report.kinds["outcome"] == _RUNNING + 1


async def test_without_a_ballast_outcomes_are_lost(keyed: World, disk: Path) -> None:
    """It is the ballast that makes the difference: on the same disk without one nothing goes."""
    writer, _ = _writer(keyed, disk / "log", 0)
    (running,) = await writer.settled(writer.submit([intent(1)], begins=True))
    _filled(disk)

    with pytest.raises(AuditDown):
        for _ in range(_RUNNING):  # the last page of the segment may still have room
            await writer.settled(writer.submit([outcome(running.index)]))
    await writer.close()

    assert writer.tally.problem
