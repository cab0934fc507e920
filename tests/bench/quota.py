"""Less than a processor, as a container with a CPU limit has it: the kernel's quota for a group.

Source: the Linux kernel's documentation, cgroup v2 `cpu.max`, v1 `cpu.cfs_quota_us`.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PERIOD_US: Final = 100_000
"""Kubernetes has this one, too."""
_GONE_S: Final = 60.0
_ENTER: Final = 'echo $$ > "$0/cgroup.procs" && exec "$@"'
_TWO, _ONE = Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/cpu")


class NoQuotaError(Exception):
    """Groups cannot be made here: no root, or the file system is read-only."""


@contextmanager
def processors(count: float) -> Iterator[Sequence[str]]:
    """The words before a command whose processes together have so many processors.

    Raises:
        NoQuotaError: nobody can be limited here.
    """
    quota_us = round(count * _PERIOD_US)
    try:
        group = _made(quota_us)
    except OSError as error:
        raise NoQuotaError(f"no group with a quota can be made here: {error}") from error
    try:
        yield ("sh", "-c", _ENTER, str(group))
    finally:
        _end(group)


def _end(group: Path) -> None:
    """Take the group away once its last process is gone: with little of a processor, later."""
    until_s = time.monotonic() + _GONE_S
    while _text(group / "cgroup.procs") and time.monotonic() < until_s:
        time.sleep(0.1)
    group.rmdir()


def _made(quota_us: int) -> Path:
    is_two = "cpu" in _text(_TWO / "cgroup.controllers").split()
    group = (_TWO if is_two else _ONE) / f"guardrail-gw-bench-{os.getpid()}"
    if is_two:
        (_TWO / "cgroup.subtree_control").write_text("+cpu", encoding="ascii")
    group.mkdir()
    try:
        if is_two:
            (group / "cpu.max").write_text(f"{quota_us} {_PERIOD_US}", encoding="ascii")
        else:
            (group / "cpu.cfs_period_us").write_text(str(_PERIOD_US), encoding="ascii")
            (group / "cpu.cfs_quota_us").write_text(str(quota_us), encoding="ascii")
    except OSError:
        group.rmdir()
        raise
    return group


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""
