"""The key register in PostgreSQL: for many gateways.

Two that meet the same person at once make one row. Transactions are serializable and tried anew
when they collide. After an erasure the table is written anew, since a plain VACUUM leaves the bytes
of deleted rows in its pages; what the server's own archives and backups hold has to lapse, as
docs/audit-keys.md says. When it connects, the driver reads the small files that every client of
PostgreSQL reads (passwords, certificates).
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from guardrail_gw.errors import ConfigError, RegisterDown
from guardrail_gw.keys.register import SCHEMA, Register, Step

if TYPE_CHECKING:
    import asyncpg

_TRIES = 8
_TIMEOUT_S = 5.0


async def postgres_register(dsn: str, *, read_only: bool = False) -> Register:
    """Connect, and make the tables if they are not there.

    Args:
        dsn: a `postgresql://` address; a secret.
        read_only: make and change nothing.

    Raises:
        ConfigError: the extra `postgres` is not installed.
        RegisterDown: no connection.
    """
    try:
        import asyncpg  # noqa: PLC0415 - an extra, imported where it is used
    except ImportError:
        raise ConfigError(
            "a register in PostgreSQL needs an extra: pip install 'guardrail-gw[postgres]'"
        ) from None
    try:
        pool = await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=4,
            timeout=_TIMEOUT_S,
            command_timeout=_TIMEOUT_S,
        )
    except (OSError, ValueError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        raise RegisterDown("the key register cannot be reached") from None
    database = PostgresDatabase(pool)
    if not read_only:
        await database.run([(each.format(bytes="BYTEA"), ()) for each in SCHEMA])
    return Register(database)


class PostgresDatabase:
    """Statements over a small pool of connections."""

    def __init__(self, pool: "asyncpg.Pool") -> None:
        import asyncpg  # noqa: PLC0415 - an extra, imported where it is used

        self._pool = pool
        self._again = (
            asyncpg.SerializationError,
            asyncpg.DeadlockDetectedError,
            asyncpg.UniqueViolationError,  # two that make the tables at once
        )
        self._down = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

    async def rows(self, statement: str, *values: object) -> Sequence[Sequence[Any]]:
        """Ask."""
        try:
            return [tuple(row) for row in await self._pool.fetch(statement, *values)]
        except self._down:
            raise RegisterDown("the key register cannot be asked") from None

    async def run(self, steps: Sequence[Step]) -> None:
        """All steps or none, on disk before this returns."""
        for tried in range(1, _TRIES + 1):
            try:
                return await self._once(steps)
            except self._again:
                await asyncio.sleep(0.01 * tried)
            except self._down:
                break
        raise RegisterDown("the key register cannot be written")

    async def scrub(self) -> None:
        """Have the server write the table anew, without deleted rows."""
        try:
            await self._pool.execute("VACUUM (FULL) register_rows")
        except self._down:
            raise RegisterDown("the key register cannot be written") from None

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.close()

    async def _once(self, steps: Sequence[Step]) -> None:
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="serializable"),
        ):
            for statement, values in steps:
                await connection.execute(statement, *values)
