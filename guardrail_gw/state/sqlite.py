"""State in one SQLite file: shared by all processes of a host, and there after a restart."""

import sqlite3
from pathlib import Path
from typing import Final

from guardrail_gw.core.ports import Clock, Share
from guardrail_gw.state.file import MAX_BYTES, SqliteFile
from guardrail_gw.state.shares import used_up

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS state (
    name TEXT PRIMARY KEY, value BLOB NOT NULL, until_us INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS state_until ON state (until_us);
CREATE TABLE IF NOT EXISTS share (
    value TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (value, name)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS share_name ON share (name);
CREATE TABLE IF NOT EXISTS used (name TEXT PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS state_gone BEFORE DELETE ON state BEGIN
    UPDATE used SET bytes = bytes - length(old.value)
        WHERE name IN (SELECT name FROM share WHERE value = old.name);
    DELETE FROM used WHERE bytes <= 0
        AND name IN (SELECT name FROM share WHERE value = old.name);
    DELETE FROM share WHERE value = old.name;
END;
"""
"""What lies there counts in shares: which, and how much of each is used."""
_SET: Final = "INSERT INTO state (name, value, until_us) VALUES (?, ?, ?)"
_DELETE: Final = "DELETE FROM state WHERE name = ?"
_COUNT: Final = """
INSERT INTO used (name, bytes) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET bytes = bytes + excluded.bytes
"""
_PURGE: Final = """
DELETE FROM state WHERE name IN (SELECT name FROM state WHERE until_us <= ? LIMIT ?)
"""
_PURGE_SHARE: Final = """
DELETE FROM state WHERE until_us <= ? AND name IN (SELECT value FROM share WHERE name = ?)
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

    async def put(
        self, name: str, value: bytes, *, ttl_s: float, shares: tuple[Share, ...] = ()
    ) -> None:
        """Set it."""

        def put(database: sqlite3.Connection) -> None:
            self._written(database, name, value, ttl_s)
            self._count(database, name, value, shares)

        await self._file.run(put)

    async def swap(
        self,
        name: str,
        old: bytes | None,
        new: bytes,
        *,
        ttl_s: float,
        shares: tuple[Share, ...] = (),
    ) -> bool:
        """Set it if it is `old`; no other process writes in between."""

        def swapped(database: sqlite3.Connection) -> bool:
            if self._read(database, name) != old:
                return False
            self._written(database, name, new, ttl_s)
            self._count(database, name, new, shares)
            return True

        return await self._file.run(swapped)

    async def delete(self, name: str) -> bool:
        """Take it away; its pages are overwritten."""

        def deleted(database: sqlite3.Connection) -> bool:
            was_there = self._read(database, name) is not None
            database.execute(_DELETE, (name,))
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
        database.execute(_DELETE, (name,))  # and not replaced, so that its shares are given back
        database.execute(_SET, (name, value, now_us + round(ttl_s * 1e6)))

    def _count(
        self, database: sqlite3.Connection, name: str, value: bytes, shares: tuple[Share, ...]
    ) -> None:
        """Count a value in its shares; raises StateFull, and so takes the value back."""
        for share in shares:
            database.execute("INSERT INTO share (value, name) VALUES (?, ?)", (name, share.name))
            database.execute(_COUNT, (share.name, len(value)))
            if _used(database, share) > share.max_bytes:
                database.execute(_PURGE_SHARE, (self._clock.now_us(), share.name))
            if _used(database, share) > share.max_bytes:
                raise used_up(share)


def _used(database: sqlite3.Connection, share: Share) -> int:
    (used,) = database.execute("SELECT bytes FROM used WHERE name = ?", (share.name,)).fetchone()
    return int(used)
