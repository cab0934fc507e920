"""Connections to the collector's PostgreSQL, and its tables.

The driver is an extra (`guardrail-gw[postgres]`). When it connects it reads the small files that
every client of PostgreSQL reads (passwords, certificates).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from guardrail_gw.errors import ConfigError, GuardrailError

if TYPE_CHECKING:
    import asyncpg

TABLES: Final = ("segments", "records", "checkpoints", "forks")
_TIMEOUT_S = 10.0
_ALONE = 0x67617465  # one migration at a time
_HISTORY = """
CREATE SCHEMA IF NOT EXISTS collected;
CREATE TABLE IF NOT EXISTS collected.migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
"""


class DatabaseDownError(GuardrailError):
    """The database cannot be reached or asked. The text never quotes what the driver said."""


def driver() -> Any:  # noqa: ANN401 - asyncpg publishes no types
    """The library that speaks to PostgreSQL.

    Raises:
        ConfigError: the extra is not installed.
    """
    try:
        import asyncpg  # noqa: PLC0415 - an extra, imported where it is used
    except ImportError:
        raise ConfigError(
            "a collector needs an extra: pip install 'guardrail-gw[postgres]'"
        ) from None
    return asyncpg


@contextmanager
def reaching(what: str) -> Iterator[None]:
    """Say in our words that the database does not do something."""
    asyncpg = driver()
    failures = (OSError, ValueError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
    try:
        yield
    except failures as error:
        state = getattr(error, "sqlstate", None)
        raise DatabaseDownError(f"{what}{f' (SQLSTATE {state})' if state else ''}") from None


async def connected(dsn: str) -> "asyncpg.Connection":
    """One connection; raises DatabaseDownError."""
    with reaching("the database cannot be reached"):
        return await driver().connect(dsn, timeout=_TIMEOUT_S, command_timeout=None)


async def pooled(dsn: str, size: int) -> "asyncpg.Pool":
    """A few connections; raises DatabaseDownError."""
    with reaching("the database cannot be reached"):
        return await driver().create_pool(
            dsn, min_size=1, max_size=size, timeout=_TIMEOUT_S, command_timeout=_TIMEOUT_S
        )


def migrations() -> list[tuple[int, str, str]]:
    """Number, file name and SQL of each migration, in order."""
    folder = resources.files("guardrail_gw.collector") / "migrations"
    found = sorted(path.name for path in folder.iterdir() if path.name.endswith(".sql"))
    return [(int(name[:4]), name, (folder / name).read_text("utf-8")) for name in found]


async def migrate(dsn: str) -> list[str]:
    """Bring the tables to this release's form; asks for a role that may make them.

    Returns:
        The names of the migrations that were applied now.

    Raises:
        ConfigError: a migration that was applied had other text.
        DatabaseDownError: the database refuses.
    """
    connection = await connected(dsn)
    try:
        with reaching("the tables cannot be made"):
            return await _migrated(connection)
    finally:
        await connection.close()


async def _migrated(connection: "asyncpg.Connection") -> list[str]:
    applied = []
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _ALONE)
        await connection.execute(_HISTORY)
        rows = await connection.fetch("SELECT number, sha256 FROM collected.migrations")
        known = {row["number"]: row["sha256"] for row in rows}
        for number, name, text in migrations():
            digest = sha256(text.encode()).hexdigest()
            if number not in known:
                await connection.execute(text)
                await connection.execute(
                    "INSERT INTO collected.migrations (number, name, sha256) VALUES ($1, $2, $3)",
                    number,
                    name,
                    digest,
                )
                applied.append(name)
            elif known[number] != digest:
                raise ConfigError(f"the database was made by another {name} than this release's")
        await connection.execute(
            "GRANT SELECT ON collected.migrations TO guardrail_collect, guardrail_read"
        )
    return applied


async def check_role(connection: "asyncpg.Connection") -> None:
    """Refuse to collect as somebody who could change what was collected.

    Raises:
        ConfigError: the role may do more than add, or the tables are not of this release.
        DatabaseDownError: the database cannot be asked.
    """
    with reaching("the tables cannot be seen: run guardrail-gw collect migrate"):
        number = await connection.fetchval("SELECT max(number) FROM collected.migrations")
        may = await connection.fetchval(_MAY_CHANGE, [f"collected.{name}" for name in TABLES])
    if number != migrations()[-1][0]:
        raise ConfigError("the tables are not of this release; use: guardrail-gw collect migrate")
    if may:
        raise ConfigError(
            "the collector's role may change what was collected; give it guardrail_collect only"
        )


_MAY_CHANGE = """
SELECT bool_or(
    has_table_privilege(current_user, name, 'UPDATE')
    OR has_table_privilege(current_user, name, 'DELETE')
    OR has_table_privilege(current_user, name, 'TRUNCATE')
    OR has_table_privilege(current_user, name, 'TRIGGER')
) OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
FROM unnest($1::text[]) AS name
"""
