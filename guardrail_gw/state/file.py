"""One SQLite file, shared by all processes of a host; one thread of ours owns the connection.

So no call waits on the event loop. Writers of other processes are waited for (`busy_timeout`); what
is read and written together is one transaction that locks at once. Source: sqlite.org, "Write-Ahead
Logging", "PRAGMA Statements" (secure_delete, busy_timeout, max_page_count).
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from guardrail_gw.errors import StateDown
from guardrail_gw.sqlite_file import opened

T = TypeVar("T")
_WAIT_S: Final = 2.0
MAX_BYTES: Final = 1 << 30
"""Of a file, but for its write-ahead log."""


class SqliteFile:
    """Runs work in transactions; the file is made when it is first needed."""

    def __init__(self, path: Path, schema: str, *, max_bytes: int = MAX_BYTES) -> None:
        self._path = path
        self._schema = schema
        self._max_bytes = max_bytes
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="state")
        self._connection: sqlite3.Connection | None = None

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do the work in one transaction, in the file's thread.

        Raises:
            StateDown: the file cannot be read or written.
        """
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, self._within, work)
        except (sqlite3.Error, OSError, RuntimeError):  # RuntimeError: the thread has ended
            raise StateDown("the state file cannot be read or written, or is full") from None

    async def close(self) -> None:
        """Close it; the last one to do so folds the write-ahead log in."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._closed)
        self._thread.shutdown(wait=False)

    def _within(self, work: Callable[[sqlite3.Connection], T]) -> T:
        database = self._opened()
        database.execute("BEGIN IMMEDIATE")
        try:
            done = work(database)
        except BaseException:
            database.execute("ROLLBACK")
            raise
        database.execute("COMMIT")
        return done

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

    def _closed(self) -> None:
        database, self._connection = self._connection, None
        if database is not None:
            database.close()
