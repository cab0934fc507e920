"""A file that several processes open at once, or that one process opens twice."""

import multiprocessing
import sqlite3
import stat
import threading
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from guardrail_gw.sqlite_file import opened


def test_who_comes_second_waits(tmp_path: Path) -> None:
    """A file that another process is making is waited for, although SQLite itself would not."""
    path = tmp_path / "state.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as first:
        first.execute("BEGIN EXCLUSIVE")
        timer = threading.Timer(0.1, first.execute, ["COMMIT"])
        timer.start()

        with closing(opened(path, wait_s=30)) as second:
            assert second.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        timer.join()


def test_who_waits_too_long_is_told(tmp_path: Path) -> None:
    """Nothing hangs on a file that is never let go."""
    path = tmp_path / "state.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as first:
        first.execute("BEGIN EXCLUSIVE")

        with pytest.raises(sqlite3.OperationalError, match="locked"):
            opened(path, wait_s=0.02)


def test_many_make_one_file(tmp_path: Path) -> None:
    """Processes that start together, each with a new file, all get in."""
    fork = multiprocessing.get_context("fork")
    for number in range(15):
        both, path = fork.Barrier(3), tmp_path / f"{number}.sqlite3"
        processes = [fork.Process(target=_open, args=(path, both)) for _ in range(3)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(30)
        assert [process.exitcode for process in processes] == [0, 0, 0]


def test_opening_twice_keeps_the_locks(tmp_path: Path) -> None:
    """Another process still cannot have the file to itself, which would lose what is in the log."""
    path = tmp_path / "state.sqlite3"
    with closing(opened(path, wait_s=1)) as first:
        first.execute("CREATE TABLE t (a)")
        opened(path, wait_s=1).close()
        spawn = multiprocessing.get_context("spawn")  # a fork would know of our connections
        here, there = spawn.Pipe()
        process = spawn.Process(target=_take, args=(path, there))
        process.start()
        taken = here.recv()
        process.join()

    assert taken == "database is locked"


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    """The mode is set when it is made; a symbolic link is no file of ours."""
    path = tmp_path / "state.sqlite3"
    opened(path, wait_s=1).close()
    link = tmp_path / "link.sqlite3"
    link.symlink_to(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(OSError, match="symbolic link"):
        opened(link, wait_s=1)


def _open(path: Path, both: threading.Barrier) -> None:
    both.wait()
    opened(path, wait_s=10).close()


def _take(path: Path, answer: Connection) -> None:
    with closing(sqlite3.connect(path, timeout=0)) as database:
        try:
            answer.send(str(database.execute("PRAGMA journal_mode = DELETE").fetchone()))
        except sqlite3.OperationalError as refused:
            answer.send(str(refused))
