"""Processes of a bench: started, measured, stopped."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def module(name: str, *arguments: str) -> Iterator[int]:
    """Run `python -m name` until the block ends; gives the port that it prints first."""
    command = [sys.executable, "-m", name, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            stop(process)


def stop(process: subprocess.Popen[str]) -> None:
    """Ask to end, then insist."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()


def memory_mb(root: int) -> dict[str, float]:
    """Resident memory of a process and all below it, in megabytes (1e6).

    `rss` counts a shared page once per process, `pss` once in all.
    """
    totals = {"rss": 0.0, "pss": 0.0}
    for pid in tree(root):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            name = line.partition(":")[0].lower()
            if name in totals:
                totals[name] += int(line.split()[1]) * 1024 / 1e6
    return totals


def tree(root: int) -> list[int]:
    """A process and all below it."""
    found = [root]
    for pid in found:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found
