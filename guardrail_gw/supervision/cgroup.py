"""What this process may use, by the files in which the kernel says it."""

import os
from collections.abc import Iterator
from pathlib import Path

from guardrail_gw.supervision.sizes import Limits, quota, room

ROOT = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")


def limits(root: Path = ROOT, own: Path = OWN) -> Limits:
    """Of the innermost group that has one, in either version; without one, of the machine.

    Args:
        root: where the groups' files are.
        own: says which groups this process is in.
    """
    cpus, memory = float(len(os.sched_getaffinity(0))), None
    for group in _groups(root, own):
        here = _cpus(group)
        cpus = cpus if here is None else min(cpus, here)
        most = room(_text(group / "memory.max") or _text(group / "memory.limit_in_bytes"))
        if most is not None:
            memory = most if memory is None else min(memory, most)
    return Limits(cpus=cpus, memory_bytes=memory)


def _cpus(group: Path) -> float | None:
    if text := _text(group / "cpu.max"):
        return quota(text)
    period = _text(group / "cpu.cfs_period_us").strip()
    return quota(f"{_text(group / 'cpu.cfs_quota_us').strip()} {period}")


def _groups(root: Path, own: Path) -> Iterator[Path]:
    """Each group and those around it; a container may see its own as the root."""
    yield from (root, root / "cpu", root / "cpu,cpuacct", root / "memory")
    for line in _text(own).splitlines():
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        base = root / controllers if controllers else root
        at = Path(path.lstrip("/"))
        yield from (base / each for each in (at, *at.parents))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
