"""How many processes fit into what a container may use."""

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.supervision.cgroup import limits
from guardrail_gw.supervision.sizes import (
    DETECTOR_MB,
    MOST_WORKERS,
    SHARED_MB,
    WORKER_MB,
    Limits,
    Sizes,
    quota,
    room,
    sized,
)

MB = 1 << 20


@pytest.mark.parametrize(
    ("cpus", "memory_mb", "has_model", "workers", "detectors"),
    [
        (0.05, 128, False, 1, 1),
        (1, 512, True, 1, 1),
        (2, None, False, 2, 1),
        (2, 512, True, 1, 1),
        (4, 4096, True, 2, 1),
        (8, 400, False, 1, 1),
        (8, 8192, True, 4, 1),
        (3, 4096, True, 1, 2),
        (64, None, False, 16, 1),
    ],
)
def test_a_tier_uses_what_there_is(
    cpus: float,
    memory_mb: int | None,
    has_model: bool,  # noqa: FBT001 - ditto
    workers: int,
    detectors: int,
) -> None:
    """Cores first, and then as many as memory holds."""
    memory = None if memory_mb is None else memory_mb * MB

    chosen = sized("tier", Limits(cpus=cpus, memory_bytes=memory), has_model=has_model)

    assert chosen == Sizes(workers=workers, detectors=detectors)


@given(
    cpus=st.floats(min_value=0.01, max_value=512),
    memory_mb=st.none() | st.integers(min_value=1, max_value=1 << 20),
    has_model=st.booleans(),
)
def test_there_is_always_one_of_each_and_never_more_than_fit(
    cpus: float,
    memory_mb: int | None,
    has_model: bool,  # noqa: FBT001 - hypothesis gives it by name
) -> None:
    """For every container."""
    memory = None if memory_mb is None else memory_mb * MB
    found = Limits(cpus=cpus, memory_bytes=memory)

    chosen = sized("tier", found, has_model=has_model)

    assert 1 <= chosen.workers <= MOST_WORKERS
    assert chosen.detectors >= 1
    takes_mb = SHARED_MB + chosen.workers * (WORKER_MB + (chosen.detectors - 1) * DETECTOR_MB)
    assert chosen == Sizes(workers=1, detectors=1) or memory_mb is None or takes_mb <= memory_mb
    assert sized("sidecar", found, has_model=has_model) == Sizes(workers=1, detectors=1)


@pytest.mark.parametrize(
    ("text", "cores"),
    [
        *(("200000 100000", 2.0), ("5000 100000\n", 0.05), ("max 100000", None), ("", None)),
        *(("-1 100000", None), ("1 0", None), ("9", None)),
    ],
)
def test_quotas_are_read_as_the_kernel_writes_them(text: str, cores: float | None) -> None:
    """No limit, and what is none, is none."""
    assert quota(text) == cores


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [("536870912\n", 512 * MB), ("max", None), ("9223372036854771712", None), ("", None)],
)
def test_memory_is_read_as_the_kernel_writes_it(text: str, bytes_: int | None) -> None:
    """In both versions: one says `max`, the other a number that nobody has."""
    assert room(text) == bytes_


def _group(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("_dot_", ".")).write_text(text, encoding="ascii")


def test_the_narrowest_group_counts(tmp_path: Path) -> None:
    """A pod's and its container's: of each limit the smaller one (version 2)."""
    own, root = tmp_path / "own", tmp_path / "cgroup"
    own.write_text("0::/pod/app\n", encoding="ascii")
    _group(root / "pod", cpu_dot_max="150000 100000", memory_dot_max=f"{256 * MB}")
    _group(root / "pod" / "app", cpu_dot_max="50000 100000", memory_dot_max="max")

    found = limits(root, own)

    assert found == Limits(cpus=0.5, memory_bytes=256 * MB)


def test_version_one_is_read_too(tmp_path: Path) -> None:
    """Where each controller has a tree of its own, seen from within the container."""
    own, root = tmp_path / "own", tmp_path / "cgroup"
    own.write_text("4:memory:/docker/x\n3:cpu,cpuacct:/docker/x\n", encoding="ascii")
    cpu = {"cpu_dot_cfs_quota_us": "20000\n", "cpu_dot_cfs_period_us": "100000\n"}
    _group(root / "cpu,cpuacct", **cpu)
    _group(root / "memory", memory_dot_limit_in_bytes=f"{128 * MB}\n")

    assert limits(root, own) == Limits(cpus=0.2, memory_bytes=128 * MB)


def test_without_limits_the_machine_counts(tmp_path: Path) -> None:
    """And nothing is said of memory."""
    found = limits(tmp_path / "nowhere", tmp_path / "nothing")

    assert found.cpus >= 1
    assert found.memory_bytes is None
