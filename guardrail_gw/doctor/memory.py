"""Whether there is memory for what is configured, and whether files may be opened.

What is needed is proportional memory (PSS) as measured, rounded up: `make bench-sidecar`
(`--only grown`, after 800 messages: 88 MiB by rules, 162 with the model; a further detector 6 and
10, a further worker 60 and 78) and `make bench`, whose whole run with the model ends at 236 MiB;
docs/benchmarks.md. Whoever judges wants a quarter more.
"""

from dataclasses import dataclass
from typing import Final

from guardrail_gw.doctor.check import Check, Verdict

_MIB: Final = 1 << 20
RULES_MIB: Final = 140
"""A gateway and one detector without a model that have worked for a while."""
MODEL_MIB: Final = 240
"""The same with the shipped model."""
DETECTOR_MIB: Final = 20
"""Each further detector of a worker, which shares the first one's pages."""
WORKER_MIB: Final = 100
"""Each further worker, with its first detector."""
FILES_EACH: Final = 2
"""Connections of a request: the client's and the provider's."""
FILES_ELSE: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the machine, or the container, gives."""

    memory: int | None
    """Bytes that this process and those it starts may have; None: nobody says."""
    is_bounded: bool = False
    """A control group bounds it, and ends whoever takes more."""
    cpus: float | None = None
    """Of processor time; None: nobody says."""
    files: int | None = None
    """Files and connections that a process may have open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is configured."""

    workers: int = 1
    detectors: int
    """Of each worker."""
    has_model: bool
    cache_bytes: int
    in_flight: int

    @property
    def memory(self) -> int:
        """Bytes, about, that it needs."""
        first = MODEL_MIB if self.has_model else RULES_MIB
        more = DETECTOR_MIB * (self.detectors - 1) * self.workers
        more += WORKER_MIB * (self.workers - 1)
        return (first + more) * _MIB + self.workers * self.cache_bytes


def judge(limits: Limits, wanted: Wanted) -> list[Check]:
    """Memory, processors, open files."""
    return [_memory(limits, wanted), _processors(limits, wanted), _files(limits, wanted)]


def _memory(limits: Limits, wanted: Wanted) -> Check:
    name, needs = "memory", f"about {wanted.memory // _MIB:,} MiB are needed"
    if limits.memory is None:
        return Check(name=name, verdict=Verdict.NOT_TESTED, said=f"{needs}; no limit is known")
    whose = "the control group gives" if limits.is_bounded else "the machine has"
    said = f"{needs}, {whose} {limits.memory // _MIB:,} MiB"
    if limits.memory >= 1.25 * wanted.memory:
        return Check(name=name, verdict=Verdict.OK, said=said)
    enough = limits.memory >= wanted.memory
    return Check(
        name=name,
        verdict=Verdict.WARN if enough else Verdict.FAIL,
        said=said,
        advice=f"give {wanted.memory * 5 // 4 // _MIB:,} MiB, fewer detectors, or rules only",
    )


def _processors(limits: Limits, wanted: Wanted) -> Check:
    name = "processors"
    if limits.cpus is None:
        return Check(name=name, verdict=Verdict.NOT_TESTED, said="nobody says how many there are")
    said = f"{limits.cpus:g} for {wanted.workers} worker(s) and {wanted.detectors} detector(s)"
    if max(wanted.workers, wanted.detectors) > max(1.0, limits.cpus):
        return Check(
            name=name,
            verdict=Verdict.WARN,
            said=said,
            advice="more workers or detectors than processors only wait for each other",
        )
    return Check(name=name, verdict=Verdict.OK, said=said)


def _files(limits: Limits, wanted: Wanted) -> Check:
    name, needs = "open files", wanted.in_flight * FILES_EACH + FILES_ELSE
    if limits.files is None:
        return Check(name=name, verdict=Verdict.NOT_TESTED, said="nobody says how many may be open")
    said = f"{limits.files:,} may be open, {wanted.in_flight:,} requests at once need {needs:,}"
    if limits.files < needs:
        advice = f"ulimit -n {needs}, or a smaller limits.max_in_flight"
        return Check(name=name, verdict=Verdict.WARN, said=said, advice=advice)
    return Check(name=name, verdict=Verdict.OK, said=said)
