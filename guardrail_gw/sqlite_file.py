"""SQLite files that several processes share: made for their owner alone, opened in WAL mode.

Two processes that switch a new file to WAL at once are refused at once, since SQLite waits for
nobody there; and a process that closes any handle of such a file loses its locks on it, so it is
touched only when it is made. Source: sqlite.org, "Write-Ahead Logging", "How To Corrupt An SQLite
Database File", 2.2.
"""

import contextlib
import os
import sqlite3
import time
from pathlib import Path
from typing import Final

_PAUSE_S: Final = 0.005


def opened(path: Path, *, wait_s: float) -> sqlite3.Connection:
    """Open the file, or make it; its folder is there.

    Each statement is a transaction unless one is begun, and any thread may use the connection.

    Args:
        path: not a symbolic link.
        wait_s: for others who write the file, now and later.

    Raises:
        OSError: it is a symbolic link, or cannot be made.
        sqlite3.Error: it cannot be opened, or others kept it too long.
    """
    # Nobody but its owner may read it, and SQLite gives its other files the same mode.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    if path.is_symlink():
        raise OSError(f"{path.name} is a symbolic link")
    database = sqlite3.connect(path, timeout=wait_s, isolation_level=None, check_same_thread=False)
    try:
        _switched(database, time.monotonic() + wait_s)
    except BaseException:
        database.close()
        raise
    return database


def _switched(database: sqlite3.Connection, until_s: float) -> None:
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL").fetchall()
        except sqlite3.OperationalError as busy:
            # The low byte is the primary code; what is added tells kinds of the same.
            if busy.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= until_s:
                raise
            time.sleep(_PAUSE_S)
        else:
            return
