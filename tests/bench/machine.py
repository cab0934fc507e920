"""Processes of a bench: started, measured, stopped."""

import os
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
    each = [resident_kb(pid) for pid in tree(root)]
    return {name: sum(one[name] for one in each) / 1e3 for name in ("rss", "pss")}


def resident_kb(pid: int) -> dict[str, float]:
    """Resident memory of one process, in kilobytes (1e3): `rss` and `pss` as in `memory_mb`.

    `held` is its share of what is in no file, and all of what it has of files: it does not change
    when others map the same libraries, or let go of them.
    """
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    sizes = {line.partition(":")[0].lower(): line.split() for line in lines}
    rss, pss, anonymous, share = (
        int(sizes[name][1]) * 1.024 for name in ("rss", "pss", "anonymous", "pss_anon")
    )
    return {"rss": rss, "pss": pss, "held": share + rss - anonymous}


def processor_s(pid: int) -> float:
    """Seconds of processor time that a process has taken, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tree(root: int) -> list[int]:
    """A process and all below it."""
    found = [root]
    for pid in found:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found
