"""The key register in one SQLite file: for a gateway, or several workers on one machine.

Deleted rows are overwritten (`secure_delete`); after each erasure the file is written anew, because
a page that was split keeps copies of rows between those that it holds, and the write-ahead log is
emptied. What the disk below keeps of overwritten blocks is for disk encryption to hide.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from guardrail_gw.core.ports import RegisterRow, Tombstone
from guardrail_gw.errors import RegisterDown
from guardrail_gw.keys.register import (
    ROW_OF,
    SCHEMA,
    TOMBSTONE_OF,
    Register,
    Step,
    row_of,
    tombstone_of,
)
from guardrail_gw.sqlite_file import opened

T = TypeVar("T")
MAGIC = b"SQLite format 3\x00"
_WAIT_S = 5.0


def sqlite_register(path: Path, *, read_only: bool = False, wait_s: float = _WAIT_S) -> Register:
    """Open, or make, a register.

    Args:
        path: the file; its folder is made, for the owner alone.
        read_only: change nothing, and make nothing.
        wait_s: for others who use the file.

    Raises:
        RegisterDown: it cannot be opened.
    """
    return Register(SqliteDatabase(path, read_only=read_only, wait_s=wait_s))


class SqliteDatabase:
    """Statements run in a thread, one at a time."""

    def __init__(self, path: Path, *, read_only: bool, wait_s: float) -> None:
        self._lock = Lock()
        try:
            self._connection = _read(path) if read_only else _made(path, wait_s)
        except (OSError, sqlite3.Error):
            raise RegisterDown(f"the key register {path} cannot be opened") from None

    async def rows(self, statement: str, *values: object) -> Sequence[Sequence[Any]]:
        """Ask."""
        return await self._do(lambda c: c.execute(statement, _named(values)).fetchall())

    async def run(self, steps: Sequence[Step]) -> None:
        """All steps or none, on disk before this returns."""

        def all_of_them(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN IMMEDIATE")
            try:
                for statement, values in steps:
                    connection.execute(statement, _named(values))
            except sqlite3.Error:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

        await self._do(all_of_them)

    async def scrub(self) -> None:
        """Write the file anew and empty the write-ahead log.

        Raises:
            RegisterDown: also when another program reads on, so that the log has to stay.
        """
        await self._do(_scrub)

    async def close(self) -> None:
        """Let go of the file."""
        await self._do(lambda c: c.close())

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def locked() -> T:
            with self._lock:
                return work(self._connection)

        try:
            return await asyncio.to_thread(locked)
        except sqlite3.Error:
            raise RegisterDown("the key register cannot be asked") from None


class SqliteRows:
    """What a reader asks of a register's file, or of a copy of one; changes nothing."""

    def __init__(self, path: Path) -> None:
        """It is opened for each question."""
        self._path = path

    def __call__(self, sids: Iterable[str]) -> Mapping[str, RegisterRow | Tombstone]:
        """What the register knows of each.

        Raises:
            RegisterDown: it cannot be read.
        """
        try:
            with closing(_read(self._path)) as connection:
                found = {sid: _known(connection, sid) for sid in sids}
        except (OSError, sqlite3.Error):
            raise RegisterDown(f"the key register {self._path.name} cannot be read") from None
        return {sid: each for sid, each in found.items() if each is not None}


def _known(connection: sqlite3.Connection, sid: str) -> RegisterRow | Tombstone | None:
    if row := connection.execute(ROW_OF, {"1": sid}).fetchone():
        return row_of(row)
    buried = connection.execute(TOMBSTONE_OF, {"1": sid}).fetchone()
    return tombstone_of(buried) if buried else None


def _scrub(connection: sqlite3.Connection) -> None:
    connection.execute("VACUUM")
    (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise RegisterDown(
            "another program reads the key register, so its file still holds what was destroyed;"
            " end that program and give the command again"
        )


def _named(values: Sequence[object]) -> dict[str, object]:
    return {str(number): value for number, value in enumerate(values, 1)}


def _made(path: Path, wait_s: float) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = opened(path, wait_s=wait_s)
    for statement in (
        "PRAGMA secure_delete = ON",
        "PRAGMA synchronous = FULL",
        "PRAGMA temp_store = MEMORY",  # where `VACUUM` puts its copy
        *(each.format(bytes="BLOB") for each in SCHEMA),
    ):
        with closing(connection.execute(statement)) as cursor:
            cursor.fetchall()
    return connection


def _read(path: Path) -> sqlite3.Connection:
    """Open without changing anything; a copy that nobody writes may lie where nobody can write."""
    resting = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro{resting}",
        uri=True,
        timeout=_WAIT_S,
        isolation_level=None,
        check_same_thread=False,
    )
