"""Whether the disk of the audit log has room, lasts, and is fast enough to be waited for."""

from dataclasses import dataclass
from typing import Final

from guardrail_gw.doctor.check import Bound, Check, Verdict

SYNC_MS: Final = Bound(warn=20, fail=1000)
"""Of the 99th percentile: what a request waits for its record, at least once."""
IN_MEMORY: Final = frozenset({"tmpfs", "ramfs"})
_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """What was seen of it."""

    place: str
    """The folder, as the configuration has it."""
    kind: str = ""
    """Of the file system: `ext4`; empty: unknown."""
    free: int = 0
    """Bytes."""
    syncs_ms: tuple[float, ...] = ()
    """How long each of some writes with fsync took."""
    problem: str = ""
    """Why nothing can be written there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the configuration asks of it."""

    warn_bytes: int
    stop_bytes: int
    ballast_bytes: int
    lasting: bool
    """The folder has to outlive the machine or pod."""


def judge(disk: Disk, wanted: Wanted) -> list[Check]:
    """Whether it can be written, has room, lasts, and how long an fsync takes."""
    if disk.problem:
        return [
            Check(
                name="disk.write",
                verdict=Verdict.FAIL,
                said=f"{disk.place}: {disk.problem}",
                advice="without a record nothing is sent: let the gateway's user write there",
            )
        ]
    return [_room(disk, wanted), _kind(disk, wanted), _sync(disk)]


def _room(disk: Disk, wanted: Wanted) -> Check:
    said = f"{disk.free // _MIB:,} MiB free at {disk.place}"
    if disk.free < wanted.stop_bytes + wanted.ballast_bytes:
        return Check(
            name="disk.room",
            verdict=Verdict.FAIL,
            said=said,
            advice=f"requests are refused below {wanted.stop_bytes // _MIB:,} MiB: make room",
        )
    if disk.free < wanted.warn_bytes:
        return Check(
            name="disk.room",
            verdict=Verdict.WARN,
            said=said,
            advice=f"less than audit.space.warn_bytes ({wanted.warn_bytes // _MIB:,} MiB)",
        )
    return Check(name="disk.room", verdict=Verdict.OK, said=said)


def _kind(disk: Disk, wanted: Wanted) -> Check:
    if disk.kind in IN_MEMORY and wanted.lasting:
        return Check(
            name="disk.lasts",
            verdict=Verdict.WARN,
            said=f"{disk.place} lies in memory ({disk.kind})",
            advice="records end with the pod: use a volume, or lasting: false with a collector",
        )
    return Check(name="disk.lasts", verdict=Verdict.OK, said=disk.kind or "unknown file system")


def _sync(disk: Disk) -> Check:
    name = "disk.sync"
    if not disk.syncs_ms:
        return Check(name=name, verdict=Verdict.NOT_TESTED, said="nothing was written")
    times = sorted(disk.syncs_ms)
    median, late = times[len(times) // 2], times[min(len(times) - 1, len(times) * 99 // 100)]
    verdict = SYNC_MS.judge(late)
    advice = "" if verdict is Verdict.OK else "each request waits for an fsync: use a faster disk"
    said = f"fsync {median:.2f} ms, at worst {late:.2f} ms of {len(times)}"
    return Check(name=name, verdict=verdict, said=said, advice=advice)
