"""What was collected, in PostgreSQL: added, never changed.

One transaction for each parcel, behind a lock of the log's own, so that two collectors of one
database take turns. Nothing is acknowledged before its transaction is on the server's disk.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from guardrail_gw.audit.continuation import Accepted, ContradictionError, Row, Standing
from guardrail_gw.audit.note import Checkpoint, SignedCheckpoint, parse_note
from guardrail_gw.audit.record import parse
from guardrail_gw.audit.tree import leaf_hash
from guardrail_gw.collector.database import check_role, pooled, reaching

if TYPE_CHECKING:
    import asyncpg

_HASH = 32
_CONNECTIONS = 16
_LATEST = 2**62
_TURN_S = 5.0
"""How long a parcel waits for a connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """Where a log stands, and what was last said of it."""

    standing: Standing
    point: Checkpoint | None = None
    cosignature: str | None = None


class Putting:
    """The transaction of one parcel; nothing of it counts before `Store.putting` has ended."""

    def __init__(self, connection: Any, origin: str, gateway: str, stood: Stood) -> None:  # noqa: ANN401 - asyncpg publishes no types
        self.stood = stood
        self._connection = connection
        self._origin = origin
        self._gateway = gateway

    async def root_at(self, size: int) -> bytes:
        """The root over the first `size` of the accepted records; raises DatabaseDownError."""
        with reaching("the records cannot be read"):
            before = await _standing(self._connection, self._origin, size)
            tree = before.standing.tree()
            leaves = await self._connection.fetch(
                "SELECT collected.leaves($1, $2, $3)", self._origin, tree.size, size
            )
        tree.extend(leaf_hash(row[0]) for row in leaves)
        return tree.root()

    async def add(self, rows: Sequence[Row]) -> None:
        """Add records; raises DatabaseDownError."""
        origin = self._origin
        epochs = [(origin, row.first, row.frame.leaf) for row in rows if row.epoch]
        values = [
            (origin, row.seq, row.first, f.leaf, f.meta, f.content, f.wrap)
            for row in rows
            for f in (row.frame,)
        ]
        with reaching("the records cannot be added"):
            await self._copied("segments", ("origin", "first", "leaf"), epochs)
            await self._copied("records", _RECORD, values)

    async def cover(self, accepted: Sequence[Accepted], cosignature: str) -> None:
        """Add the checkpoints; the cosignature is of the last. Raises DatabaseDownError."""
        values = [
            (
                self._origin,
                each.point.checkpoint.size,
                each.first,
                b"".join(each.nodes),
                each.closed,
                each.point.note(),
                cosignature if each is accepted[-1] else None,
                self._gateway,
            )
            for each in accepted
        ]
        with reaching("the checkpoints cannot be added"):
            await self._copied("checkpoints", _CHECKPOINT, values)

    async def _copied(
        self, table: str, columns: tuple[str, ...], values: Sequence[tuple[Any, ...]]
    ) -> None:
        if values:
            await self._connection.copy_records_to_table(
                table, schema_name="collected", columns=columns, records=values
            )


_RECORD = ("origin", "seq", "first", "leaf", "meta", "content", "wrap")
_CHECKPOINT = ("origin", "size", "first", "nodes", "closed", "note", "cosignature", "gateway")


class Store:
    """The database of one collector."""

    def __init__(self, pool: "asyncpg.Pool") -> None:
        """Use `open`."""
        self._pool = pool

    @classmethod
    async def open(cls, dsn: str) -> "Store":
        """Connect, as somebody who can add only.

        Raises:
            ConfigError: the role may change what was collected, or the tables are of another form.
            DatabaseDownError: the database cannot be reached.
        """
        pool = await pooled(dsn, _CONNECTIONS)
        try:
            async with pool.acquire() as connection:
                await check_role(connection)
        except BaseException:
            pool.terminate()
            raise
        return cls(pool)

    async def close(self) -> None:
        """Close the connections."""
        self._pool.terminate()

    def _acquired(self) -> Any:  # noqa: ANN401 - asyncpg publishes no types
        return self._pool.acquire(timeout=_TURN_S)

    async def ask(self) -> None:
        """Whether the database answers; raises DatabaseDownError."""
        with reaching("the database does not answer"):
            await self._pool.fetchval("SELECT 1")

    async def stood(self, origin: str) -> Stood:
        """Where a log stands; raises DatabaseDownError."""
        with reaching("the database does not answer"):
            async with self._acquired() as connection:
                return await _standing(connection, origin, _LATEST)

    @asynccontextmanager
    async def putting(self, origin: str, gateway: str) -> AsyncIterator[Putting]:
        """A transaction in which a parcel is added; on disk when this ends without an error.

        Raises:
            DatabaseDownError: the database does not do it; nothing was added.
        """
        with reaching("the database does not answer"):
            async with self._acquired() as connection, connection.transaction():
                await connection.execute(_ALONE, origin)
                stood = await _standing(connection, origin, _LATEST)
                yield Putting(connection, origin, gateway, stood)

    async def keep_fork(self, found: ContradictionError, gateway: str) -> None:
        """Keep what contradicts a log that was accepted, once; raises DatabaseDownError."""
        point: SignedCheckpoint = found.point
        with reaching("the evidence of a fork cannot be kept"):
            await self._pool.execute(
                _FORK,
                point.checkpoint.origin,
                point.checkpoint.size,
                point.note(),
                found.size,
                found.root,
                str(found),
                gateway,
            )


_ALONE = """
SELECT pg_advisory_xact_lock(hashtextextended($1, 0)),
    CASE WHEN current_setting('synchronous_commit') IN ('off', 'local')
    THEN set_config('synchronous_commit', 'on', true) END
"""
"""One parcel of a log at a time; whatever the server's setting, its commit waits for the disk."""
_FORK = """
INSERT INTO collected.forks (origin, size, note, accepted_size, accepted_root, reason, gateway)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
"""


async def _standing(connection: Any, origin: str, at_most: int) -> Stood:  # noqa: ANN401 - asyncpg publishes no types
    row = await connection.fetchrow("SELECT * FROM collected.standing($1, $2)", origin, at_most)
    if row is None:
        return Stood(standing=Standing(origin=origin))
    nodes = row["nodes"]
    return Stood(
        standing=Standing(
            origin=origin,
            size=row["size"],
            nodes=tuple(nodes[at : at + _HASH] for at in range(0, len(nodes), _HASH)),
            header=parse(row["leaf"]),
            closed=row["closed"],
        ),
        point=parse_note(row["note"]).checkpoint,
        cosignature=row["cosignature"],
    )
