"""Whether the disk of the audit log will do."""

import pytest

from guardrail_gw.doctor.check import Verdict
from guardrail_gw.doctor.disk import Disk, Wanted, judge

MIB = 1 << 20
WANTED = Wanted(warn_bytes=512 * MIB, stop_bytes=128 * MIB, ballast_bytes=16 * MIB, lasting=True)


def verdicts(disk: Disk, wanted: Wanted = WANTED) -> dict[str, str]:
    """Check -> verdict."""
    return {check.name: check.verdict.value for check in judge(disk, wanted)}


@pytest.mark.parametrize(
    ("free", "verdict"), [(143, "fail"), (144, "warn"), (511, "warn"), (512, "ok")]
)
def test_room_is_held_to_the_configured_marks(free: int, verdict: str) -> None:
    """Below stop and ballast requests are refused, below warn somebody should look."""
    assert verdicts(Disk(place="audit", free=free * MIB))["disk.room"] == verdict


def test_a_disk_in_memory_does_not_last() -> None:
    """It does where the configuration says that it need not."""
    disk = Disk(place="audit", kind="tmpfs", free=1 << 40)
    fleeting = Wanted(warn_bytes=0, stop_bytes=0, ballast_bytes=0, lasting=False)

    assert verdicts(disk)["disk.lasts"] == "warn"
    assert verdicts(disk, fleeting)["disk.lasts"] == "ok"


@pytest.mark.parametrize(("late_ms", "verdict"), [(19.9, "ok"), (20.0, "warn"), (1000.0, "fail")])
def test_the_slowest_sync_counts(late_ms: float, verdict: str) -> None:
    """A request may meet it."""
    disk = Disk(place="audit", free=1 << 40, syncs_ms=(1.0, late_ms, 1.0))

    assert verdicts(disk)["disk.sync"] == verdict


def test_what_cannot_be_written_fails_and_nothing_else_is_said() -> None:
    """Of a disk that refuses, room and speed do not matter."""
    found = judge(Disk(place="audit", problem="Read-only file system"), WANTED)

    assert [(c.name, c.verdict) for c in found] == [("disk.write", Verdict.FAIL)]
    assert "Read-only file system" in found[0].said
