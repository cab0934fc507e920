"""Memory of each process, with pages that several share counted in shares.

Source: proc_pid_smaps_rollup(5), proc_pid_stat(5).
"""

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

_KINDS: Final = {"Pss:": "pss", "Rss:": "rss"}
_PROC: Final = Path("/proc")
_PARENT: Final = 1
"""Among the numbers behind a process's name, which may hold anything."""


class Place(NamedTuple):
    """What a process is to a gateway."""

    role: str
    """`gateway`, `detector`, `host`: the parent of detectors, `supervisor`."""
    number: str
    """The worker; of a detector, the worker and its own: `0.1`."""


def processes(worker: int | None, detectors: Sequence[int], proc: Path = _PROC) -> dict[Place, int]:
    """Process ids of a gateway.

    Args:
        worker: its number among several, which have a supervisor; None: it is alone.
        detectors: their process ids.
        proc: where the kernel says what processes there are.
    """
    number = worker or 0
    found = {Place("gateway", str(number)): os.getpid()}
    found |= {Place("detector", f"{number}.{n}"): pid for n, pid in enumerate(detectors)}
    if detectors and (host := _parent(detectors[0], proc)) not in (None, os.getpid()):
        found[Place("host", "0")] = host or 0
    if worker is not None:
        found[Place("supervisor", "0")] = os.getppid()
    return found


def _parent(pid: int, proc: Path) -> int | None:
    text = _text(proc / str(pid) / "stat")
    fields = text.rpartition(")")[2].split()
    return int(fields[_PARENT]) if len(fields) > _PARENT else None


class Memory:
    """A collector that reads what the kernel says when it is asked: milliseconds, in a thread."""

    def __init__(self, proc: Path = _PROC) -> None:
        self.processes: Callable[[], Mapping[Place, int]] = dict
        """Which there are; reads what the kernel says, too."""
        self._proc = proc

    def collect(self) -> Iterator[Metric]:
        """The one family; a process that has ended, or may not be looked at, is left out."""
        labels: Collection[str] = ("role", "number", "kind")
        family = GaugeMetricFamily(
            "guardrail_gw_memory_bytes", "Memory of each process", labels=[*labels]
        )
        for (role, number), pid in tuple(self.processes().items()):
            for line in _text(self._proc / str(pid) / "smaps_rollup").splitlines():
                name, *said = line.split()
                if name in _KINDS:
                    family.add_metric([role, number, _KINDS[name]], int(said[0]) * 1024)
        yield family


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
