"""One SQLite file, shared by all processes of a host; one thread of ours owns the connection.

So no call waits on the event loop. Writers of other processes are waited for (`busy_timeout`); what
is read and written together is one transaction that locks at once, and what several callers want at
the same time is one as well, so that they pay for one. Source: sqlite.org, "Write-Ahead Logging",
"PRAGMA Statements" (secure_delete, busy_timeout, max_page_count).
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final, TypeVar

from guardrail_gw.errors import StateDown
from guardrail_gw.sqlite_file import opened

T = TypeVar("T")
Tell = Callable[[], None]
"""Tells whoever waits, on its event loop."""
_WAIT_S: Final = 2.0
_TOGETHER: Final = 64
"""Pieces of work at most that share a transaction: others wait for it."""
MAX_BYTES: Final = 1 << 30
"""Of a file, but for its write-ahead log."""


class SqliteFile:
    """Runs work in transactions; the file is made when it is first needed."""

    def __init__(self, path: Path, schema: str, *, max_bytes: int = MAX_BYTES) -> None:
        self._path = path
        self._schema = schema
        self._max_bytes = max_bytes
        self._waiting = SimpleQueue[_Job | None]()
        """What is to be done, in its order; None ends the thread."""
        self._thread: Thread | None = None
        self._is_closed = False
        self._connection: sqlite3.Connection | None = None

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do the work in a transaction, in the file's thread.

        Args:
            work: reads and writes; it may be done again if what shared its transaction failed.

        Raises:
            StateDown: the file cannot be read or written.
        """
        if self._is_closed:
            raise StateDown("the state file is closed")
        if self._thread is None:
            self._thread = Thread(target=self._serve, name="state", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def done(database: sqlite3.Connection) -> Tell:
            return partial(_answered, answer, work(database))

        self._waiting.put(_Job(loop, done, partial(_failed, answer)))
        try:
            return await answer
        except (sqlite3.Error, OSError):
            raise StateDown("the state file cannot be read or written, or is full") from None

    async def close(self) -> None:
        """Close it, when all before is done; the last one to do so folds the write-ahead log in."""
        self._is_closed = True
        thread, self._thread = self._thread, None
        if thread is not None:
            self._waiting.put(None)
            await asyncio.to_thread(thread.join)

    def _serve(self) -> None:
        """Do what waits, as much of it at once as there is; in the file's thread."""
        is_open = True
        while is_open:
            jobs = [self._waiting.get()]
            with contextlib.suppress(Empty):
                while len(jobs) < _TOGETHER and jobs[-1] is not None:
                    jobs.append(self._waiting.get_nowait())
            is_open = jobs[-1] is not None
            self._do([job for job in jobs if job is not None])
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _do(self, jobs: "Sequence[_Job]") -> None:
        """Do them in one transaction; if one of them fails, each in its own."""
        try:
            tells = self._within(jobs)
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            tells = [partial(job.fail, error) for job in jobs]
        if tells is None:
            for job in jobs:
                self._do([job])
            return
        for job, tell in zip(jobs, tells, strict=True):
            with contextlib.suppress(RuntimeError):  # its loop has ended, and nobody waits
                job.loop.call_soon_threadsafe(tell)

    def _within(self, jobs: "Sequence[_Job]") -> list[Tell] | None:
        """What tells of each; None if one of several failed, and nothing was done.

        Raises:
            Exception: the file cannot be locked or written, or the one job failed.
        """
        if not jobs:
            return []
        database = self._opened()
        database.execute("BEGIN IMMEDIATE")
        try:
            tells = [job.done(database) for job in jobs]
        except BaseException:
            _undo(database)
            if len(jobs) > 1:
                return None
            raise
        try:
            database.execute("COMMIT")
        except BaseException:
            _undo(database)
            raise
        return tells

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            database = opened(self._path, wait_s=_WAIT_S)
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute("PRAGMA secure_delete = ON")
            (page,) = database.execute("PRAGMA page_size").fetchone()
            database.execute(f"PRAGMA max_page_count = {self._max_bytes // page}")
            database.executescript(self._schema)
            self._connection = database
        return self._connection


class _Job:
    """A piece of work, and who waits for it."""

    __slots__ = ("done", "fail", "loop")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        done: Callable[[sqlite3.Connection], Tell],
        fail: Callable[[Exception], None],
    ) -> None:
        self.loop = loop
        self.done = done
        """Does it, and gives what tells of it once it is there to stay."""
        self.fail = fail
        """Tells that it was not done, or that nobody knows."""


def _answered(answer: "asyncio.Future[T]", done: T) -> None:
    if not answer.done():  # whoever waited may have left
        answer.set_result(done)


def _failed(answer: "asyncio.Future[T]", error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)


def _undo(database: sqlite3.Connection) -> None:
    """Some faults, as of a disk that is full, have undone it already."""
    if database.in_transaction:
        database.execute("ROLLBACK")
