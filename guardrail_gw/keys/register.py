"""The key register: one set of statements for every store (FORMAT.md, 11).

What must stay is decided in the statements that destroy, within their transaction: a hold that was
placed a moment ago counts, whatever the caller has seen.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from guardrail_gw.core.ports import Hold, RegisterRow, Tombstone
from guardrail_gw.errors import RegisterDown

Step = tuple[str, tuple[Any, ...]]

_TRIES = 3
NAMES = (
    "sid",
    "tag",
    "scope",
    "tenant",
    "level",
    "suite",
    "public",
    "sealed",
    "not_before_us",
    "until_us",
    "wanted",
)
ROWS = """CREATE TABLE IF NOT EXISTS register_rows (
    sid TEXT PRIMARY KEY, tag TEXT NOT NULL UNIQUE, scope TEXT NOT NULL, tenant TEXT NOT NULL,
    level TEXT NOT NULL, suite INTEGER NOT NULL, public {bytes} NOT NULL, sealed {bytes} NOT NULL,
    not_before_us BIGINT NOT NULL, until_us BIGINT NOT NULL, wanted TEXT NOT NULL DEFAULT '')"""
TOMBSTONES = """CREATE TABLE IF NOT EXISTS register_tombstones (
    sid TEXT PRIMARY KEY, level TEXT NOT NULL, why TEXT NOT NULL,
    at_us BIGINT NOT NULL, until_us BIGINT NOT NULL)"""
HOLDS = """CREATE TABLE IF NOT EXISTS register_holds (
    id TEXT PRIMARY KEY, scope TEXT NOT NULL, since_us BIGINT NOT NULL, released_us BIGINT)"""
SCHEMA = (
    ROWS,
    "CREATE INDEX IF NOT EXISTS register_rows_scope ON register_rows (scope)",
    "CREATE INDEX IF NOT EXISTS register_rows_tenant ON register_rows (tenant)",
    "CREATE INDEX IF NOT EXISTS register_rows_until ON register_rows (until_us)",
    TOMBSTONES,
    HOLDS,
)
_SELECT = """SELECT sid, tag, scope, tenant, level, suite, public, sealed, not_before_us, until_us,
    wanted FROM register_rows WHERE """
_OLDEST = " ORDER BY until_us, sid"
_ADD = """INSERT INTO register_rows (sid, tag, scope, tenant, level, suite, public, sealed,
    not_before_us, until_us, wanted) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (tag) DO NOTHING"""
_WANT = "UPDATE register_rows SET wanted = $2 WHERE sid = $1 AND wanted = ''"
_BURY = """INSERT INTO register_tombstones (sid, level, why, at_us, until_us)
    SELECT sid, level, $2, $3, until_us FROM register_rows
    WHERE sid = $1 AND not_before_us <= $3 AND NOT EXISTS (SELECT 1 FROM register_holds h
    WHERE h.released_us IS NULL AND h.scope IN ('', register_rows.scope, register_rows.tenant))"""
_DELETE = """DELETE FROM register_rows
    WHERE sid = $1 AND not_before_us <= $2 AND NOT EXISTS (SELECT 1 FROM register_holds h
    WHERE h.released_us IS NULL AND h.scope IN ('', register_rows.scope, register_rows.tenant))"""
ROW_OF = f"{_SELECT}sid = $1"
TOMBSTONE_OF = "SELECT sid, level, why, at_us, until_us FROM register_tombstones WHERE sid = $1"
_HOLD = "INSERT INTO register_holds (id, scope, since_us) VALUES ($1, $2, $3)"
_RELEASE = "UPDATE register_holds SET released_us = $2 WHERE id = $1 AND released_us IS NULL"
_HOLDS = """SELECT id, scope, since_us FROM register_holds WHERE released_us IS NULL
    ORDER BY since_us, id"""


class Database(Protocol):
    """What a store has to do; parameters are `$1`, `$2` in the statements of both."""

    async def rows(self, statement: str, *values: object) -> Sequence[Sequence[Any]]:
        """Ask. Raises RegisterDown."""
        ...

    async def run(self, steps: Sequence[Step]) -> None:
        """All steps or none, on disk before this returns. Raises RegisterDown."""
        ...

    async def scrub(self) -> None:
        """Leave nothing of deleted rows in the store's own files. Raises RegisterDown."""
        ...

    async def close(self) -> None:
        """Let go."""
        ...


class Register:
    """A `core.ports.KeyRegister` over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def found(self, tag: str) -> RegisterRow | None:
        """The row of a tag."""
        rows = await self._rows("tag = $1", tag)
        return rows[0] if rows else None

    async def put(self, row: RegisterRow) -> RegisterRow:
        """Add a row, unless its tag has one; returns the one that is there then."""
        values = tuple(getattr(row, name) for name in NAMES)
        for _ in range(_TRIES):
            await self._database.run([(_ADD, values)])
            if (found := await self.found(row.tag)) is not None:
                return found  # else the one that was there has just been destroyed
        raise RegisterDown("the key register does not keep a row")

    async def known(self, sids: Iterable[str]) -> Mapping[str, RegisterRow | Tombstone]:
        """What the register knows of each."""
        found: dict[str, RegisterRow | Tombstone] = {}
        for sid in sids:
            row = await self._rows("sid = $1", sid)
            if row:
                found[sid] = row[0]
            elif (buried := await self._tombstone(sid)) is not None:
                found[sid] = buried
        return found

    async def of_scope(self, scope: str) -> Sequence[RegisterRow]:
        """The rows of a person, or of a tenant with all its persons."""
        return await self._rows("scope = $1 OR tenant = $1", scope)

    async def due(self, now_us: int) -> Sequence[RegisterRow]:
        """Rows whose time has passed, or whose erasure was asked for."""
        return await self._rows("until_us <= $1 OR wanted <> ''", now_us)

    async def want(self, sids: Iterable[str], basis: str) -> None:
        """Note that erasure was asked for; who asked first is remembered."""
        await self._database.run([(_WANT, (sid, basis)) for sid in sids])

    async def destroy(self, sids: Iterable[str], why: str, at_us: int) -> int:
        """Destroy rows but those under a hold or before their time; how many are gone now."""
        asked = tuple(sids)
        steps: list[Step] = []
        for sid in asked:
            steps += [(_BURY, (sid, why, at_us)), (_DELETE, (sid, at_us))]
        await self._database.run(steps)
        await self._database.scrub()
        left = await self.known(asked)
        return sum(isinstance(each, Tombstone) for each in left.values())

    async def hold(self, hold: Hold) -> None:
        """From now on its rows stay."""
        await self._database.run([(_HOLD, (hold.id, hold.scope, hold.since_us))])

    async def release(self, hold_id: str, at_us: int) -> bool:
        """End a hold; whether there was such a one."""
        there = any(hold.id == hold_id for hold in await self.holds())
        await self._database.run([(_RELEASE, (hold_id, at_us))])
        return there

    async def holds(self) -> Sequence[Hold]:
        """The holds that have not ended."""
        rows = await self._database.rows(_HOLDS)
        return [Hold(id=row[0], scope=row[1], since_us=row[2]) for row in rows]

    async def close(self) -> None:
        """Let go of files and connections."""
        await self._database.close()

    async def _rows(self, condition: str, value: object) -> list[RegisterRow]:
        rows = await self._database.rows(f"{_SELECT}{condition}{_OLDEST}", value)
        return [row_of(row) for row in rows]

    async def _tombstone(self, sid: str) -> Tombstone | None:
        rows = await self._database.rows(TOMBSTONE_OF, sid)
        return tombstone_of(rows[0]) if rows else None


def row_of(values: Sequence[Any]) -> RegisterRow:
    """A row as the database gives it."""
    return RegisterRow(**dict(zip(NAMES, values, strict=True)))


def tombstone_of(values: Sequence[Any]) -> Tombstone:
    """A tombstone as the database gives it."""
    sid, level, why, at_us, until_us = values
    return Tombstone(sid=sid, level=level, why=why, at_us=at_us, until_us=until_us)
