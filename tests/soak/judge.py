"""What was seen of a gateway that was asked for long, and whether it held."""

import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from guardrail_gw.audit.review import show, verify_directory
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.keys.audit_keys import load_recipient
from guardrail_gw.keys.private import RecipientKey
from tests.soak.surfaces import KINDS, Kind, Way

GROWS: Final = 0.01
"""Of its memory, in an hour, at most."""
_NOISE: Final = 0.01
"""What a short run cannot tell from nothing: pages come and go, a third of it as measured."""
_SLACK: Final = 8
"""Threads, or descriptors."""
_LATER: Final = 1.5
_LATE_MS: Final = 10.0
_EXCUSED: Final = 2.0
"""As many times p99 may grow for others at most."""
_TOLD: Final = ("intents", "outcomes", "attempts")
_WARM: Final = 0.25
"""Of the readings the first ones, in which bounded memories fill."""


@dataclass(slots=True, kw_only=True)
class Reading:
    """What was seen at one time."""

    at_s: float
    memory_kb: dict[str, float]
    """Process -> its proportional share."""
    held_kb: dict[str, float]
    """Process -> the same, but that others who share its files make no difference."""
    threads: int
    p99_ms: float
    requests: int
    bare_ms: float
    """The p99 of what went through a proxy that does nothing else, meanwhile."""
    processor_ms: float
    """Of all its processes, for a request."""
    work_ms: float
    """Processor time of work that is always the same: more where the machine is slower."""


@dataclass(slots=True, kw_only=True)
class Soaked:
    """What was seen of a run."""

    kinds: tuple[Kind, ...] = KINDS
    """Asked in turn."""
    capacity_rps: float = 0.0
    asked: Counter[Way] = field(default_factory=Counter)
    readings: list[Reading] = field(default_factory=list)
    resting: list[int] = field(default_factory=list)
    """Descriptors that are open while nobody asks, before and after."""
    came: Counter[str] = field(default_factory=Counter)
    """`ok`, or a code, by surface where it is not `ok`."""
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What says nothing of the gateway."""


def judged(run: Soaked, *, beside_others: bool = False) -> Iterator[str]:
    """What grows, or is slower or dearer in the end than in the beginning.

    Args:
        run: a whole one.
        beside_others: whether p99 may grow as that of a bare proxy does, or as the same work takes
            the machine longer: others have it as well, more of them in the end.
    """
    if bad := {came: n for came, n in run.came.items() if came != "ok"}:
        yield f"not answered as asked: {bad}"
    steady = run.readings[round(len(run.readings) * _WARM) :]
    yield from _grown(steady)
    third = len(steady) // 3
    first, last = steady[:third], steady[-third:]
    threads = [max(r.threads for r in part) for part in (first, last)]
    for what, (before, after) in (("threads", threads), ("descriptors", run.resting)):
        if after > before + _SLACK:
            yield f"{what}: {before} in the beginning, {after} in the end"
    ratio = partial(_ratio, first, last)
    slower = max(1.0, ratio("work_ms"))
    if ratio("processor_ms") > _LATER * slower:
        yield f"a request takes {ratio('processor_ms'):.2f} times the processor time in the end"
    others = min(max(slower, ratio("bare_ms")), _EXCUSED) if beside_others else 1.0
    before_ms, after_ms = (_usual(part, "p99_ms") for part in (first, last))
    told = f"p99: {before_ms:.0f} ms in the beginning, {after_ms:.0f} ms in the end"
    if after_ms > _LATER * before_ms * others + _LATE_MS:
        yield told
    elif after_ms > _LATER * before_ms + _LATE_MS:
        run.notes.append(f"{told}; beside it everything took {others:.2f} times as long")


def _grown(steady: Sequence[Reading]) -> Iterator[str]:
    hours = (steady[-1].at_s - steady[0].at_s) / 3600
    for name in steady[0].memory_kb:
        sizes = [(r.at_s / 3600, r.held_kb.get(name, 0.0)) for r in steady]
        slope = statistics.linear_regression(*zip(*sizes, strict=True)).slope
        grown = slope * hours / statistics.fmean(r.memory_kb.get(name, 0.0) for r in steady)
        if grown > max(GROWS * hours, _NOISE):
            yield f"{name}: its memory grew by {grown:.1%} in {60 * hours:.0f} minutes"


def _ratio(first: Sequence[Reading], last: Sequence[Reading], name: str) -> float:
    """What is usual in the end, by what was in the beginning."""
    return _usual(last, name) / _usual(first, name)


def _usual(part: Sequence[Reading], name: str) -> float:
    return statistics.median(float(getattr(each, name)) for each in part)


def counted(
    folder: Path, log: Path, received: Mapping[Way, int], asked: Mapping[Way, int]
) -> Iterator[str]:
    """Intents, outcomes and who received requests say the same number, of models and of tools."""
    report = verify_directory(log, folder / "keys" / "audit-public")
    if report.verdict is not Verdict.OK:
        yield f"the log is {report.verdict.name}"
    told = _told(log, load_recipient(folder / "keys" / "auditors" / "auditor.key"))
    for way in Way:
        numbers = [asked.get(way, 0), *(told[way, what] for what in _TOLD), received.get(way, 0)]
        if len(set(numbers)) > 1:
            named = zip(("asked", *_TOLD, "received"), numbers, strict=True)
            yield f"{way}: " + ", ".join(f"{number} {what}" for what, number in named)


def _told(log: Path, key: RecipientKey) -> Counter[tuple[Way, str]]:
    """How many intents, outcomes and attempts are on record, of models and of tools."""
    told = Counter[tuple[Way, str]]()
    for record in show(log, [key]):
        meta = record.meta or {}
        if (tool := meta.get("tool")) and tool["method"] != "tools/call":
            continue  # the gateway asks for lists when it needs them
        way = Way.TOOLS if tool else Way.MODELS
        told[way, "intents"] += record.kind == "intent"
        told[way, "outcomes"] += record.kind == "outcome"
        told[way, "attempts"] += len(meta.get("attempts") or ())
    return told
