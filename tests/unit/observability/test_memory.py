"""Memory of each process of a gateway."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from guardrail_gw.observability.across import joined, told
from guardrail_gw.observability.memory import Memory, Place, processes

ROLLUP = "00-ff ---p 00000000 00:00 0 [rollup]\nRss: 2000 kB\nPss: 1500 kB\nPss_Dirty: 9 kB\n"


def process(proc: Path, pid: int, *, parent: int = 1, rollup: str = ROLLUP) -> None:
    """One as the kernel tells of it; its name may hold what it likes."""
    (proc / str(pid)).mkdir()
    (proc / str(pid) / "stat").write_text(f"{pid} (a) b) c) S {parent} 1 1 0\n", encoding="ascii")
    (proc / str(pid) / "smaps_rollup").write_text(rollup, encoding="ascii")


def read(memory: Memory) -> dict[tuple[str, ...], float]:
    """Role, number, kind -> bytes."""
    return {tuple(s.labels.values()): s.value for f in memory.collect() for s in f.samples}


def test_each_process_has_its_own_row(tmp_path: Path) -> None:
    """Proportional and resident; one that has ended is left out, and no other kind is told."""
    process(tmp_path, 7)
    memory = Memory(tmp_path)
    memory.processes = lambda: {Place("gateway", "0"): 7, Place("detector", "0.0"): 8}

    assert read(memory) == {
        ("gateway", "0", "pss"): 1500 * 1024,
        ("gateway", "0", "rss"): 2000 * 1024,
    }


def test_roles_follow_from_who_started_whom(tmp_path: Path) -> None:
    """The parent of detectors is their host; only one worker of several has a supervisor."""
    process(tmp_path, 31, parent=30)

    alone = processes(None, (31, 32), tmp_path)
    third = processes(2, (31,), tmp_path)

    assert alone == {
        Place("gateway", "0"): os.getpid(),
        Place("detector", "0.0"): 31,
        Place("detector", "0.1"): 32,
        Place("host", "0"): 30,
    }
    assert third == {
        Place("gateway", "2"): os.getpid(),
        Place("detector", "2.0"): 31,
        Place("host", "0"): 30,
        Place("supervisor", "0"): os.getppid(),
    }


def test_whom_all_workers_have_counts_once(tmp_path: Path) -> None:
    """Host and supervisor are told of by each worker, and are not there three times."""
    process(tmp_path, 30)
    memory = Memory(tmp_path)
    memory.processes = lambda: {Place("host", "0"): 30}

    (whole,) = joined({n: told(memory.collect()) for n in range(3)})

    assert sorted(s.value for s in whole.samples) == [1500 * 1024, 2000 * 1024]


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="Linux tells of it")
def test_the_kernel_is_asked() -> None:
    """A process with 50 MB more has that much more."""
    with subprocess.Popen(
        [sys.executable, "-c", "x = b'x' * 50_000_000; print(1, flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        memory = Memory()
        memory.processes = lambda: {Place("detector", "0.0"): child.pid}

        found = read(memory)
        child.kill()

    assert found["detector", "0.0", "rss"] > found["detector", "0.0", "pss"] - 1 > 50_000_000
