"""What control groups of both versions say, in folders of the tests' own."""

from pathlib import Path

import pytest

from guardrail_gw.doctor.look.machine import limits

MIB = 1 << 20


def proc(folder: Path, groups: str, total_kb: int = 8 << 20) -> Path:
    """A /proc with these lines in /proc/self/cgroup."""
    (folder / "self").mkdir(parents=True)
    (folder / "self" / "cgroup").write_text(groups)
    (folder / "meminfo").write_text(f"MemTotal: {total_kb} kB\nMemFree: 1 kB\n")
    return folder


def written(folder: Path, **files: str) -> None:
    """Files with one line; `_` stands for the dot of a name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text + "\n")


def test_the_smallest_bound_above_us_counts(tmp_path: Path) -> None:
    """A pod's group is above its container's; `max` is no bound."""
    root = tmp_path / "cgroup"
    written(root / "pod" / "app", memory__max="max", cpu__max="max 100000")
    written(root / "pod", memory__max=str(256 * MIB), cpu__max="50000 100000")

    found = limits(root, proc(tmp_path / "proc", "0::/pod/app\n"))

    assert (found.memory, found.is_bounded, found.cpus) == (256 * MIB, True, 0.5)


def test_the_first_version_is_read_too(tmp_path: Path) -> None:
    """There each kind has a tree of its own, and a number near 2^63 is no bound."""
    root = tmp_path / "cgroup"
    written(root / "memory" / "pod", memory__limit_in_bytes=str(128 * MIB))
    written(root / "memory", memory__limit_in_bytes=str(9223372036854771712))
    written(root / "cpu" / "pod", cpu__cfs_quota_us="25000", cpu__cfs_period_us="100000")
    groups = "4:memory:/pod\n3:cpu:/pod\n"

    found = limits(root, proc(tmp_path / "proc", groups))

    assert (found.memory, found.is_bounded, found.cpus) == (128 * MIB, True, 0.25)


def test_without_groups_the_machine_counts(tmp_path: Path) -> None:
    """And a bound above what the machine has is none."""
    root = tmp_path / "cgroup"
    written(root, memory__max=str(64 << 30))

    found = limits(root, proc(tmp_path / "proc", "0::/\n"))

    assert (found.memory, found.is_bounded) == (8 << 30, False)
    assert found.cpus is not None
    assert found.cpus >= 1


@pytest.mark.parametrize("groups", ["", "nonsense\n", "0::/../../etc\n"])
def test_what_cannot_be_read_is_no_bound(tmp_path: Path, groups: str) -> None:
    """Nothing is guessed, and nothing outside the tree is read."""
    (tmp_path / "cgroup").mkdir()

    found = limits(tmp_path / "cgroup", proc(tmp_path / "proc", groups))

    assert found.memory == 8 << 30
