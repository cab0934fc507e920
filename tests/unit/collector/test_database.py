"""The tables and who may do what with them, in a real PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import pytest

from guardrail_gw.collector.database import TABLES, DatabaseDownError, connected, migrate
from guardrail_gw.collector.store import Store
from guardrail_gw.errors import ConfigError
from tests.support.collecting import Place

pytestmark = pytest.mark.allow_blocking  # the driver reads its password files as it connects

_ROW = {
    "segments": "('{log}', 0, '')",
    "records": "('{log}', 0, 0, '', '', '', '')",
    "checkpoints": "('{log}', 1, 0, '', false, '', NULL, 'gw')",
    "forks": "('{log}', 1, '', 1, '', '', 'gw')",
}


def rows(log: str) -> dict[str, str]:
    """A row for each table, of that log."""
    return {table: row.format(log=log) for table, row in _ROW.items()}


async def refused(connection: asyncpg.Connection, statement: str) -> str:
    """The SQLSTATE with which the server refuses a statement."""
    with pytest.raises(asyncpg.PostgresError) as told:
        await connection.execute(statement)
    return str(told.value.sqlstate)


async def filled(where: Place, log: str) -> asyncpg.Connection:
    """The collecting role, with a row of that log in every table."""
    connection = await asyncpg.connect(where.collect)
    for table, row in rows(log).items():
        await connection.execute(f"INSERT INTO collected.{table} VALUES {row}")
    return connection


async def test_nobody_changes_what_was_collected(where: Place) -> None:
    """Neither role may update, delete or truncate, and triggers refuse it to the owner as well."""
    collect = await filled(where, "unchanged")
    read, owner = await asyncpg.connect(where.read), await asyncpg.connect(where.owner)

    said = {
        await refused(who, statement)
        for who in (collect, read, owner)
        for table in TABLES
        for statement in (
            f"UPDATE collected.{table} SET origin = 'other'",
            f"DELETE FROM collected.{table}",
            f"TRUNCATE collected.{table} CASCADE",
        )
    }

    assert said == {"42501"}  # insufficient_privilege
    for table in TABLES:
        left = f"SELECT count(*) FROM collected.{table} WHERE origin = 'unchanged'"
        assert await read.fetchval(left) == 1
    for who in (collect, read, owner):
        await who.close()


async def test_each_role_does_its_own(where: Place) -> None:
    """Who collects cannot read a table, and who reads cannot add to one."""
    collect, read = await filled(where, "roles"), await asyncpg.connect(where.read)

    said = [
        await refused(who, statement)
        for table in TABLES
        for who, statement in (
            (collect, f"SELECT * FROM collected.{table}"),
            (read, f"INSERT INTO collected.{table} VALUES {rows('roles')[table]}"),
            (collect, f"DROP TABLE collected.{table}"),
            (collect, f"ALTER TABLE collected.{table} DISABLE TRIGGER ALL"),
        )
    ]

    assert set(said) == {"42501"}
    await collect.close()
    await read.close()


async def test_one_size_has_one_root(where: Place) -> None:
    """The server itself refuses a second record, epoch or checkpoint in the same place."""
    collect = await filled(where, "once")

    said = {
        await refused(collect, f"INSERT INTO collected.{table} VALUES {row}")
        for table, row in rows("once").items()
    }

    assert said == {"23505"}  # unique_violation
    await collect.close()


async def test_migrating_again_changes_nothing(where: Place) -> None:
    """What was applied is not applied again."""
    assert await migrate(where.owner) == []


@asynccontextmanager
async def changed(where: Place, there: str, back: str) -> AsyncIterator[None]:
    """What the owner changes for the time of a test."""
    owner = await asyncpg.connect(where.owner)
    await owner.execute(there)
    try:
        yield
    finally:
        await owner.execute(back)
        await owner.close()


async def test_another_migration_of_that_name_is_refused(where: Place) -> None:
    """Tables that were made by other text than this release's are not taken for its own."""
    there = "UPDATE collected.migrations SET sha256 = 'x' || sha256"
    back = "UPDATE collected.migrations SET sha256 = substr(sha256, 2)"
    async with changed(where, there, back):
        with pytest.raises(ConfigError, match="0001_logs"):
            await migrate(where.owner)


async def test_a_role_that_may_change_things_does_not_collect(where: Place) -> None:
    """A collector that could alter what it stores does not start, nor one that is superuser."""
    with pytest.raises(ConfigError, match="may change"):
        await Store.open(where.owner)
    role = urlsplit(where.collect).username
    on = "DELETE ON collected.records"
    async with changed(where, f"GRANT {on} TO {role}", f"REVOKE {on} FROM {role}"):
        with pytest.raises(ConfigError, match="guardrail_collect only"):
            await Store.open(where.collect)


async def test_tables_of_another_release(where: Place) -> None:
    """A collector does not start on tables that it does not know."""
    there = "INSERT INTO collected.migrations VALUES (9999, 'later', 'x')"
    back = "DELETE FROM collected.migrations WHERE number = 9999"
    async with changed(where, there, back):
        with pytest.raises(ConfigError, match="collect migrate"):
            await Store.open(where.collect)


async def test_a_database_that_is_not_there() -> None:
    """It is said in our words, without what the driver said."""
    with pytest.raises(DatabaseDownError, match="cannot be reached") as told:
        await connected("postgresql://gateway:hidden@127.0.0.1:1/none")

    assert "hidden" not in str(told.value)
