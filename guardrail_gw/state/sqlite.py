"""State in one SQLite file: shared by all processes of a host, and there after a restart.

One thread owns the connection, so that no call waits on the event loop. Writers of other processes
are waited for (`busy_timeout`); a comparison and its write are one transaction that locks at once.
Source: sqlite.org, "Write-Ahead Logging", "PRAGMA Statements" (secure_delete,
busy_timeout, max_page_count).
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import StateDown

T = TypeVar("T")
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS state (
    name TEXT PRIMARY KEY, value BLOB NOT NULL, until_us INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS state_until ON state (until_us);
"""
_SET: Final = """
INSERT INTO state (name, value, until_us) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET value = excluded.value, until_us = excluded.until_us
"""
_PURGE: Final = """
DELETE FROM state WHERE name IN (SELECT name FROM state WHERE until_us <= ? LIMIT ?)
"""
_BUSY_MS: Final = 2000
MAX_BYTES: Final = 1 << 30
"""Of the file, but for its write-ahead log."""
_PURGED: Final = 64
"""Values over their time that one write takes away; more than it adds, so that they do go."""


class SqliteStore:
    """Implements `core.ports.StateStore`; the file is made when it is first needed."""

    def __init__(self, path: Path, clock: Clock, *, max_bytes: int = MAX_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="state")
        self._connection: sqlite3.Connection | None = None

    async def start(self) -> None:
        """Open the file, so that one that cannot be written is known at once."""
        await self._run(lambda _: None)

    async def close(self) -> None:
        """Close it; the last one to do so folds the write-ahead log in."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._closed)
        self._thread.shutdown(wait=False)

    async def get(self, name: str) -> bytes | None:
        """The value, if its time is not over."""
        return await self._run(lambda database: self._read(database, name))

    async def put(self, name: str, value: bytes, *, ttl_s: float) -> None:
        """Set it."""
        await self._run(lambda database: self._written(database, name, value, ttl_s))

    async def swap(self, name: str, old: bytes | None, new: bytes, *, ttl_s: float) -> bool:
        """Set it if it is `old`; no other process writes in between."""

        def swapped(database: sqlite3.Connection) -> bool:
            if self._read(database, name) != old:
                return False
            self._written(database, name, new, ttl_s)
            return True

        return await self._run(swapped)

    async def delete(self, name: str) -> bool:
        """Take it away; its pages are overwritten."""

        def deleted(database: sqlite3.Connection) -> bool:
            was_there = self._read(database, name) is not None
            database.execute("DELETE FROM state WHERE name = ?", (name,))
            return was_there

        return await self._run(deleted)

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do the work in one transaction, in the store's thread."""
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, self._within, work)
        except (sqlite3.Error, OSError, RuntimeError):  # RuntimeError: the thread has ended
            raise StateDown("the state file cannot be read or written, or is full") from None

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
            # Nobody but its owner may read it, and SQLite gives its other files the same mode.
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
            database = sqlite3.connect(
                self._path, timeout=_BUSY_MS / 1000, isolation_level=None, check_same_thread=False
            )
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute("PRAGMA secure_delete = ON")
            (page,) = database.execute("PRAGMA page_size").fetchone()
            database.execute(f"PRAGMA max_page_count = {self._max_bytes // page}")
            database.executescript(_SCHEMA)
            self._connection = database
        return self._connection

    def _closed(self) -> None:
        database, self._connection = self._connection, None
        if database is not None:
            database.close()

    def _read(self, database: sqlite3.Connection, name: str) -> bytes | None:
        now_us = self._clock.now_us()
        asked = "SELECT value FROM state WHERE name = ? AND until_us > ?"
        row = database.execute(asked, (name, now_us)).fetchone()
        return None if row is None else bytes(row[0])

    def _written(self, database: sqlite3.Connection, name: str, value: bytes, ttl_s: float) -> None:
        now_us = self._clock.now_us()
        database.execute(_PURGE, (now_us, _PURGED))
        database.execute(_SET, (name, value, now_us + round(ttl_s * 1e6)))
