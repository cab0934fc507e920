"""What the machine, or the container, gives a process.

Source: docs.kernel.org, "Control Group v2" (`memory.max`, `cpu.max`) and "Memory Resource
Controller" of version 1 (`memory.limit_in_bytes`); proc(5).
"""

import os
import resource
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from guardrail_gw.doctor.memory import Limits

_ROOT: Final = Path("/sys/fs/cgroup")
_PROC: Final = Path("/proc")
_NO_LIMIT: Final = 1 << 60
"""Version 1 writes a number near 2^63 where there is none."""


def limits(root: Path = _ROOT, proc: Path = _PROC) -> Limits:
    """The smallest of what the control groups above us and the machine itself allow."""
    folders = _folders(root, proc)
    bounded = _least(_number(folder / name) for folder in folders for name in _MEMORY)
    machine = _memory(proc)
    memory = _least((bounded, machine))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Limits(
        memory=None if memory is None else int(memory),
        is_bounded=bounded is not None and (machine is None or bounded < machine),
        cpus=_least((*(_quota(folder) for folder in folders), _processors())),
        files=None if soft == resource.RLIM_INFINITY else soft,
    )


_MEMORY: Final = ("memory.max", "memory.limit_in_bytes")


def _folders(root: Path, proc: Path) -> list[Path]:
    """Our own control group and all above it, as they are mounted here."""
    found = [root, root / "memory", root / "cpu"]
    with suppress(OSError, ValueError):
        for line in (proc / "self" / "cgroup").read_text(encoding="utf-8").splitlines():
            _, kinds, path = line.split(":", 2)
            for base in (root, *(root / kind for kind in kinds.split(",") if kind)):
                at = (base / path.strip("/")).resolve()
                found += [each for each in (at, *at.parents) if each.is_relative_to(root.resolve())]
    return list(dict.fromkeys(found))


def _number(path: Path) -> float | None:
    with suppress(OSError, ValueError):
        value = int(path.read_text(encoding="ascii"))
        return None if value >= _NO_LIMIT else value
    return None  # not there, or `max`


def _quota(folder: Path) -> float | None:
    """Processors that the group may keep busy."""
    with suppress(OSError, ValueError):
        quota, period = (folder / "cpu.max").read_text(encoding="ascii").split()
        return None if quota == "max" else int(quota) / int(period)
    quota_us, period_us = (_number(folder / f"cpu.cfs_{w}_us") for w in ("quota", "period"))
    return quota_us / period_us if quota_us and period_us and quota_us > 0 else None


def _processors() -> float | None:
    return float(len(os.sched_getaffinity(0)))


def _memory(proc: Path) -> float | None:
    with suppress(OSError, ValueError, IndexError):
        for line in (proc / "meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemTotal:"):
                return int(line.split()[1]) * 1024
    return None


def _least(values: Iterable[float | None]) -> float | None:
    return min((value for value in values if value is not None), default=None)
