"""How many processes fit into what a container may use. Pure.

Source: cgroup v2 (`cpu.max`, `memory.max`) and v1 (`cpu.cfs_quota_us`, `cpu.cfs_period_us`,
`memory.limit_in_bytes`), as the Linux kernel's documentation has them. Sizes of processes are
measured: `make bench-sidecar`, docs/benchmarks.md.
"""

from dataclasses import dataclass
from typing import Final, Literal

Profile = Literal["sidecar", "tier"]
MOST_WORKERS: Final = 16
SHARED_MB: Final = 200
"""What all workers share, with room for the supervisor and what the kernel counts."""
WORKER_MB: Final = 120
"""One worker under load: its caches, bodies and connections, and its detector."""
DETECTOR_MB: Final = 40
"""One more detector under load."""
_UNLIMITED_BYTES: Final = 1 << 60
"""cgroup v1 says so large a number where there is no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may be used."""

    cpus: float
    memory_bytes: int | None
    """None: nobody limits it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many processes."""

    workers: int
    detectors: int
    """Of each worker."""


def sized(profile: Profile, limits: Limits, *, has_model: bool) -> Sizes:
    """Choose.

    Args:
        profile: `sidecar` is as small as it can be; `tier` uses what there is.
        limits: of the container, or of the machine.
        has_model: whether detectors look for names, which costs them more than the worker.

    Returns:
        At least one of each. A worker keeps one core busy with its detector where rules alone are
        run, and two with a model.
    """
    if profile == "sidecar":
        return Sizes(workers=1, detectors=1)
    cores = max(1, int(limits.cpus + 0.5))
    workers = min(MOST_WORKERS, max(1, cores // 2 if has_model else cores))
    if limits.memory_bytes is not None:
        room_mb = limits.memory_bytes // (1 << 20) - SHARED_MB
        workers = max(1, min(workers, room_mb // WORKER_MB))
    detectors = max(1, -(-cores // workers) - 1) if has_model else 1
    if limits.memory_bytes is not None:
        left_mb = limits.memory_bytes // (1 << 20) - SHARED_MB - workers * WORKER_MB
        detectors = min(detectors, 1 + max(0, left_mb // (workers * DETECTOR_MB)))
    return Sizes(workers=workers, detectors=detectors)


def quota(text: str) -> float | None:
    """Cores by cgroup v2's `cpu.max`: `200000 100000`; None for `max 100000`."""
    most, _, period = text.strip().partition(" ")
    if most == "max" or not period.strip().isdecimal() or not most.isdecimal():
        return None
    return int(most) / int(period) if int(period) else None


def room(text: str) -> int | None:
    """Bytes by `memory.max` or `memory.limit_in_bytes`; None where there is no limit."""
    text = text.strip()
    if not text.isdecimal() or int(text) >= _UNLIMITED_BYTES:
        return None
    return int(text)
