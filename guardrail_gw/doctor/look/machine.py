"""What the machine, or the container, gives a process.

Control groups are read by `supervision.cgroup`, for sizes are chosen by the same numbers.

Source: proc(5).
"""

import resource
from contextlib import suppress
from pathlib import Path
from typing import Final

from guardrail_gw.doctor.memory import Limits
from guardrail_gw.supervision import cgroup

_PROC: Final = Path("/proc")


def limits(root: Path = cgroup.ROOT, proc: Path = _PROC) -> Limits:
    """The smallest of what the control groups above us and the machine itself allow."""
    group = cgroup.limits(root, proc / "self" / "cgroup")
    bounded, machine = group.memory_bytes, _memory(proc)
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Limits(
        memory=min((each for each in (bounded, machine) if each is not None), default=None),
        is_bounded=bounded is not None and (machine is None or bounded < machine),
        cpus=group.cpus,
        files=None if soft == resource.RLIM_INFINITY else soft,
    )


def _memory(proc: Path) -> int | None:
    with suppress(OSError, ValueError, IndexError):
        for line in (proc / "meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemTotal:"):
                return int(line.split()[1]) * 1024
    return None
