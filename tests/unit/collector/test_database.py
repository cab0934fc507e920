"""The tables and who may do what with them, in a real PostgreSQL."""

import asyncpg
import pytest

from guardrail_gw.collector.database import TABLES, DatabaseDownError, connected, migrate
from guardrail_gw.collector.store import Store
from guardrail_gw.errors import ConfigError
from tests.support.collecting import Place

pytestmark = pytest.mark.allow_blocking  # the driver reads its password files as it connects

_ROW = {
    "segments": "('log', 0, '')",
    "records": "('log', 0, 0, '', '', '', '')",
    "checkpoints": "('log', 1, 0, '', false, '', NULL, 'gw')",
    "forks": "('log', 1, '', 1, '', '', 'gw')",
}


async def refused(connection: asyncpg.Connection, statement: str) -> str:
    """The SQLSTATE with which the server refuses a statement."""
    with pytest.raises(asyncpg.PostgresError) as told:
        await connection.execute(statement)
    return str(told.value.sqlstate)


async def filled(where: Place) -> asyncpg.Connection:
    """The collecting role, with a row in every table."""
    connection = await asyncpg.connect(where.collect)
    for table, row in _ROW.items():
        await connection.execute(f"INSERT INTO collected.{table} VALUES {row}")
    return connection


async def test_nobody_changes_what_was_collected(where: Place) -> None:
    """Neither role may update, delete or truncate, and triggers refuse it to the owner as well."""
    collect = await filled(where)
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
        assert await read.fetchval(f"SELECT count(*) FROM collected.{table}") == 1
    for who in (collect, read, owner):
        await who.close()


async def test_each_role_does_its_own(where: Place) -> None:
    """Who collects cannot read a table, and who reads cannot add to one."""
    collect, read = await filled(where), await asyncpg.connect(where.read)

    said = [
        await refused(who, statement)
        for table in TABLES
        for who, statement in (
            (collect, f"SELECT * FROM collected.{table}"),
            (read, f"INSERT INTO collected.{table} VALUES {_ROW[table]}"),
            (collect, f"DROP TABLE collected.{table}"),
            (collect, f"ALTER TABLE collected.{table} DISABLE TRIGGER ALL"),
        )
    ]

    assert set(said) == {"42501"}
    await collect.close()
    await read.close()


async def test_one_size_has_one_root(where: Place) -> None:
    """The server itself refuses a second record, epoch or checkpoint in the same place."""
    collect = await filled(where)

    said = {
        await refused(collect, f"INSERT INTO collected.{table} VALUES {row}")
        for table, row in _ROW.items()
    }

    assert said == {"23505"}  # unique_violation
    await collect.close()


async def test_migrating_again_changes_nothing(where: Place) -> None:
    """What was applied is not applied again."""
    assert await migrate(where.owner) == []


async def test_another_migration_of_that_name_is_refused(where: Place) -> None:
    """Tables that were made by other text than this release's are not taken for its own."""
    owner = await asyncpg.connect(where.owner)
    await owner.execute("UPDATE collected.migrations SET sha256 = 'other'")
    await owner.close()

    with pytest.raises(ConfigError, match="0001_logs"):
        await migrate(where.owner)


async def test_a_role_that_may_change_things_does_not_collect(where: Place) -> None:
    """A collector that could alter what it stores does not start, nor one that is superuser."""
    with pytest.raises(ConfigError, match="may change"):
        await Store.open(where.owner)
    owner, role = await asyncpg.connect(where.owner), where.collect.split("//")[1].split("@")[0]
    await owner.execute(f"GRANT DELETE ON collected.records TO {role}")
    await owner.close()

    with pytest.raises(ConfigError, match="guardrail_collect only"):
        await Store.open(where.collect)


async def test_tables_of_another_release(where: Place) -> None:
    """A collector does not start on tables that it does not know."""
    owner = await asyncpg.connect(where.owner)
    await owner.execute("INSERT INTO collected.migrations VALUES (9999, 'later', 'x')")
    await owner.close()

    with pytest.raises(ConfigError, match="collect migrate"):
        await Store.open(where.collect)


async def test_a_database_that_is_not_there() -> None:
    """It is said in our words, without what the driver said."""
    with pytest.raises(DatabaseDownError, match="cannot be reached") as told:
        await connected("postgresql://gateway:hidden@127.0.0.1:1/none")

    assert "hidden" not in str(told.value)
