"""State in one SQLite file: shared by all processes of a host, and there after a restart."""

import sqlite3
from pathlib import Path
from typing import Final

from guardrail_gw.core.ports import Clock
from guardrail_gw.state.file import MAX_BYTES, SqliteFile

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
_PURGED: Final = 64
"""Values over their time that one write takes away; more than it adds, so that they do go."""


class SqliteStore:
    """Implements `core.ports.StateStore`; the file is made when it is first needed."""

    def __init__(self, path: Path, clock: Clock, *, max_bytes: int = MAX_BYTES) -> None:
        self._file = SqliteFile(path, _SCHEMA, max_bytes=max_bytes)
        self._clock = clock

    async def start(self) -> None:
        """Open the file, so that one that cannot be written is known at once."""
        await self._file.run(lambda _: None)

    async def close(self) -> None:
        """Close it; the last one to do so folds the write-ahead log in."""
        await self._file.close()

    async def get(self, name: str) -> bytes | None:
        """The value, if its time is not over."""
        return await self._file.run(lambda database: self._read(database, name))

    async def put(self, name: str, value: bytes, *, ttl_s: float) -> None:
        """Set it."""
        await self._file.run(lambda database: self._written(database, name, value, ttl_s))

    async def swap(self, name: str, old: bytes | None, new: bytes, *, ttl_s: float) -> bool:
        """Set it if it is `old`; no other process writes in between."""

        def swapped(database: sqlite3.Connection) -> bool:
            if self._read(database, name) != old:
                return False
            self._written(database, name, new, ttl_s)
            return True

        return await self._file.run(swapped)

    async def delete(self, name: str) -> bool:
        """Take it away; its pages are overwritten."""

        def deleted(database: sqlite3.Connection) -> bool:
            was_there = self._read(database, name) is not None
            database.execute("DELETE FROM state WHERE name = ?", (name,))
            return was_there

        return await self._file.run(deleted)

    def _read(self, database: sqlite3.Connection, name: str) -> bytes | None:
        now_us = self._clock.now_us()
        asked = "SELECT value FROM state WHERE name = ? AND until_us > ?"
        row = database.execute(asked, (name, now_us)).fetchone()
        return None if row is None else bytes(row[0])

    def _written(self, database: sqlite3.Connection, name: str, value: bytes, ttl_s: float) -> None:
        now_us = self._clock.now_us()
        database.execute(_PURGE, (now_us, _PURGED))
        database.execute(_SET, (name, value, now_us + round(ttl_s * 1e6)))
