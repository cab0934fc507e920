"""One SQLite file: what several want at once is one transaction."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from guardrail_gw.errors import StateDown
from guardrail_gw.state.file import SqliteFile

SCHEMA = "CREATE TABLE IF NOT EXISTS n (value INTEGER PRIMARY KEY)"


def added(value: int) -> Callable[[sqlite3.Connection], int]:
    """Work that adds a number which must not be there."""

    def work(database: sqlite3.Connection) -> int:
        database.execute("INSERT INTO n VALUES (?)", (value,))
        return value

    return work


def failing(database: sqlite3.Connection) -> int:
    """Work that writes, and then finds that it must not."""
    database.execute("INSERT INTO n VALUES (99)")
    raise LookupError


async def at_once(file: SqliteFile, *works: Callable[[sqlite3.Connection], int]) -> list[object]:
    """What comes of works that all wait when the file's thread gets to them."""
    goes_on = Event()
    first = asyncio.ensure_future(file.run(lambda _: goes_on.wait(10)))
    rest = [asyncio.ensure_future(file.run(work)) for work in works]
    await asyncio.sleep(0)  # each puts its work in line
    goes_on.set()
    await first
    return list(await asyncio.gather(*rest, return_exceptions=True))


async def test_what_waits_is_done_in_one_transaction(tmp_path: Path) -> None:
    """Ten want to add something while the thread is busy: one commit."""
    file, said = SqliteFile(tmp_path / "f", SCHEMA), list[str]()
    await file.run(lambda database: database.set_trace_callback(said.append))

    done = await at_once(file, *map(added, range(10)))

    assert done == list(range(10))
    assert said[said.index("INSERT INTO n VALUES (0)") :].count("COMMIT") == 1
    await file.close()


async def test_one_that_fails_takes_nobody_else_along(tmp_path: Path) -> None:
    """The others are done, each once; of the one that failed nothing is left."""
    file = SqliteFile(tmp_path / "f", SCHEMA)

    done = await at_once(file, added(1), failing, added(1), added(2))
    there = await file.run(lambda database: database.execute("SELECT value FROM n").fetchall())

    assert done[0] == 1
    assert isinstance(done[1], LookupError)
    assert isinstance(done[2], StateDown)  # it is there already
    assert done[3] == 2
    assert there == [(1,), (2,)]
    await file.close()


async def test_closing_waits_for_what_was_asked_before(tmp_path: Path) -> None:
    """And lets nothing in afterwards; twice is no fault."""
    file = SqliteFile(tmp_path / "f", SCHEMA)
    before = asyncio.ensure_future(file.run(added(1)))
    await asyncio.sleep(0)

    await file.close()
    await file.close()

    assert await before == 1
    with pytest.raises(StateDown):
        await file.run(added(2))


async def test_who_leaves_does_not_disturb_others(tmp_path: Path) -> None:
    """Its work may be done all the same, as if its answer had been lost."""
    file = SqliteFile(tmp_path / "f", SCHEMA)
    left = asyncio.ensure_future(file.run(added(1)))
    await asyncio.sleep(0)

    left.cancel()

    assert await file.run(added(2)) == 2
    await file.close()
