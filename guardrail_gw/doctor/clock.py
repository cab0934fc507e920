"""Whether the clock can be right: held to the audit log and to the file system."""

from dataclasses import dataclass
from typing import Final

from guardrail_gw.doctor.check import Check, Verdict

_EARLIEST_US: Final = 1_767_225_600_000_000
"""2026-01-01: no gateway of this kind ran before."""
_BACK_US: Final = 2_000_000
_APART_US: Final = 2_000_000
"""What a file system may round or a mount be late, without anybody's clock being wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Microseconds since the epoch, as several tell them."""

    now_us: int
    """By the clock."""
    recorded_us: int | None = None
    """Of the newest record of the log; None: there is none."""
    filed_us: int | None = None
    """By the file system of the log, of a file that was written now; None: none could be."""


def judge(times: Times) -> list[Check]:
    """One check of the clock itself, one of the file system's."""
    return [_clock(times), _file_system(times)]


def _clock(times: Times) -> Check:
    name = "clock"
    if times.now_us < _EARLIEST_US:
        return Check(
            name=name,
            verdict=Verdict.FAIL,
            said="the clock is before 2026",
            advice="set it (NTP): contracts, budgets and records go by it",
        )
    if times.recorded_us is None:
        return Check(name=name, verdict=Verdict.OK, said="there is no record to hold it to yet")
    ahead_us = times.recorded_us - times.now_us
    if ahead_us > _BACK_US:
        return Check(
            name=name,
            verdict=Verdict.FAIL,
            said=f"the newest record of the log is {ahead_us / 1e6:.0f} s in the future",
            advice="the clock went back, or ran ahead when it was written: set it (NTP)",
        )
    return Check(name=name, verdict=Verdict.OK, said=f"the newest record is {_ago(-ahead_us)} old")


def _file_system(times: Times) -> Check:
    name = "clock.files"
    if times.filed_us is None:
        return Check(name=name, verdict=Verdict.NOT_TESTED, said="no file could be written")
    apart_us = abs(times.filed_us - times.now_us)
    if apart_us > _APART_US:
        return Check(
            name=name,
            verdict=Verdict.WARN,
            said=f"the log's file system is {apart_us / 1e6:.0f} s from the clock",
            advice="one of the two is wrong; both should follow the same time servers",
        )
    return Check(name=name, verdict=Verdict.OK, said="the log's file system agrees")


def _ago(us: int) -> str:
    seconds = max(0, us // 1_000_000)
    for size, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
