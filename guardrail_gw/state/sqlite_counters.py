"""Counters in one SQLite file: right across all processes of a host, and there after a restart.

A reservation is one transaction that locks at once: it looks at every claim, then takes all.
The clock is the host's, in seconds since the epoch.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from guardrail_gw.core.counting import BudgetClaim, Claim, Denied, RateClaim, Reservation, SlotClaim
from guardrail_gw.core.ports import Clock
from guardrail_gw.state.file import MAX_BYTES, SqliteFile

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS budget (
    name TEXT PRIMARY KEY, used INTEGER NOT NULL, until_s REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rate (
    name TEXT PRIMARY KEY, arrival_s REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS slot (
    name TEXT NOT NULL, id TEXT NOT NULL, until_s REAL NOT NULL, PRIMARY KEY (name, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS held (
    id TEXT PRIMARY KEY, until_s REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS clock (
    one INTEGER PRIMARY KEY CHECK (one = 1), seen_s REAL NOT NULL
);
DROP INDEX IF EXISTS budget_until;
DROP INDEX IF EXISTS rate_arrival;
DROP INDEX IF EXISTS slot_until;
DROP INDEX IF EXISTS held_until;
"""
"""Without indices of what ends when: each reservation would move them, for a third of its time."""
_SWEPT: Final = 128


def _sweep(table: str, key: str, end: str) -> tuple[str, str]:
    """How many rows come next and which is the last of them; and what of them is over goes."""
    some = f"SELECT {key} FROM {table} WHERE {key} > ? ORDER BY {key} LIMIT {_SWEPT}"  # noqa: S608 - names of ours
    gone = f"DELETE FROM {table} WHERE {key} > ? AND {key} <= ? AND {end} <= ?"  # noqa: S608 - ditto
    return f"SELECT count(*), max({key}) FROM ({some})", gone  # noqa: S608 - ditto


_SWEEPS: Final = (
    _sweep("budget", "name", "until_s"),
    _sweep("rate", "name", "arrival_s"),
    _sweep("slot", "name", "until_s"),
    _sweep("held", "id", "until_s"),
)
"""One reservation of eight takes away what is over of the next rows of each table, in the order of
their names: more rows than the eight can add, so that it comes round."""
_SWEEP_EVERY: Final = 8
_SPEND: Final = """
INSERT INTO budget (name, used, until_s) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET
    used = CASE WHEN until_s <= ? THEN 0 ELSE used END + excluded.used,
    until_s = max(until_s, excluded.until_s)
"""
_ARRIVE: Final = """
INSERT INTO rate (name, arrival_s) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET arrival_s = max(arrival_s, ?) + ?
"""
_SEEN: Final = """
INSERT INTO clock (one, seen_s) VALUES (1, ?)
ON CONFLICT (one) DO UPDATE SET seen_s = excluded.seen_s
"""
_BACK_S: Final = 2.0
"""A clock that is set back by less changes nothing that anybody would notice."""
_SLACK_S: Final = 1e-6
"""Seconds since the epoch are exact to a fraction of a microsecond, not more."""


class SqliteCounters:
    """Implements `core.ports.Counters`; the file is made when it is first needed."""

    def __init__(self, path: Path, clock: Clock, *, max_bytes: int = MAX_BYTES) -> None:
        self._file = SqliteFile(path, _SCHEMA, max_bytes=max_bytes)
        self._clock = clock
        self._reserved = 0
        self._swept = [""] * len(_SWEEPS)
        """The last name of each table that was looked at."""

    async def start(self) -> None:
        """Open the file, so that one that cannot be written is known at once."""
        await self._file.run(lambda _: None)

    async def close(self) -> None:
        """Close it."""
        await self._file.close()

    async def reserve(self, *wanted: Reservation) -> Denied | None:
        """One transaction."""

        def reserved(database: sqlite3.Connection) -> Denied | None:
            now = self._now_s()
            _set_right(database, now)
            self._sweep(database, now)
            for each in wanted:
                for claim in each.claims:
                    if denied := _denied(database, claim, now):
                        return denied
            for each in wanted:
                for claim in each.claims:
                    _take(database, claim, each, now)
                held = (each.id, now + each.keep_s)
                database.execute("INSERT INTO held (id, until_s) VALUES (?, ?)", held)
            return None

        return await self._file.run(reserved)

    async def renew(self, held: Sequence[Reservation]) -> None:
        """One transaction for all of them."""

        def renewed(database: sqlite3.Connection) -> None:
            now = self._now_s()
            moved = [
                (now + each.lease_s, slot.name, each.id) for each in held for slot in each.slots
            ]
            database.executemany("UPDATE slot SET until_s = ? WHERE name = ? AND id = ?", moved)

        await self._file.run(renewed)

    async def settle(
        self, held: Reservation, actual: Mapping[str, int]
    ) -> Mapping[str, int] | None:
        """Whoever takes the reservation away settles it; nobody else does."""

        def settled(database: sqlite3.Connection) -> Mapping[str, int] | None:
            now = self._now_s()
            one = "DELETE FROM held WHERE id = ? AND until_s > ?"
            if not database.execute(one, (held.id, now)).rowcount:
                return None
            for claim in held.claims:
                _settle(database, claim, held.id, actual)
            return {budget.name: _used(database, budget.name, now) for budget in held.budgets}

        return await self._file.run(settled)

    async def used(self, home: str, names: Sequence[str]) -> Mapping[str, int]:
        """What there is; `home` makes no difference."""
        del home
        return await self._file.run(
            lambda database: {name: _used(database, name, self._now_s()) for name in names}
        )

    def _sweep(self, database: sqlite3.Connection, now: float) -> None:
        if self._reserved % _SWEEP_EVERY == 0:
            for place, (upto, sweep) in enumerate(_SWEEPS):
                since = self._swept[place]
                count, last = database.execute(upto, (since,)).fetchone()
                if count:
                    database.execute(sweep, (since, last, now))
                self._swept[place] = last if count == _SWEPT else ""  # all round, and again
        self._reserved += 1

    def _now_s(self) -> float:
        return self._clock.now_us() / 1e6


def _set_right(database: sqlite3.Connection, now: float) -> None:
    """Where the clock was set back, move what goes by it: else rates stay full for as long.

    Budgets stay: their windows are days and months, and what was spent was spent.
    """
    row = database.execute("SELECT seen_s FROM clock").fetchone()
    seen_s = now if row is None else float(row[0])
    if now < seen_s - _BACK_S:
        back_s = seen_s - now
        database.execute("UPDATE rate SET arrival_s = arrival_s - ?", (back_s,))
        for table in ("slot", "held"):
            database.execute(f"UPDATE {table} SET until_s = until_s - ?", (back_s,))  # noqa: S608 - names of ours
    if row is None or abs(now - seen_s) > _BACK_S / 2:
        database.execute(_SEEN, (now,))


def _denied(database: sqlite3.Connection, claim: Claim, now: float) -> Denied | None:
    match claim:
        case BudgetClaim():
            used = _used(database, claim.name, now)
            fits = not claim.amount or used + claim.amount <= claim.limit
            return None if fits else Denied(claim=claim, used=used)
        case RateClaim():
            after_s = _arrival_s(database, claim, now) + claim.amount * claim.interval_s
            wait_s = after_s - claim.period_s - now
            return None if wait_s <= _SLACK_S else Denied(claim=claim, wait_s=wait_s)
        case SlotClaim():
            asked = "SELECT count(*) FROM slot WHERE name = ? AND until_s > ?"
            (taken,) = database.execute(asked, (claim.name, now)).fetchone()
            return None if taken < claim.limit else Denied(claim=claim, used=taken)


def _take(database: sqlite3.Connection, claim: Claim, wanted: Reservation, now: float) -> None:
    match claim:
        case BudgetClaim():
            database.execute(_SPEND, (claim.name, claim.amount, now + claim.ttl_s, now))
        case RateClaim():
            takes_s = claim.amount * claim.interval_s
            database.execute(_ARRIVE, (claim.name, now + takes_s, now, takes_s))
        case SlotClaim():
            taken = (claim.name, wanted.id, now + wanted.lease_s)
            database.execute("INSERT INTO slot (name, id, until_s) VALUES (?, ?, ?)", taken)


def _settle(
    database: sqlite3.Connection, claim: Claim, id_: str, actual: Mapping[str, int]
) -> None:
    match claim:
        case BudgetClaim():
            more = actual.get(claim.name, claim.amount) - claim.amount
            database.execute("UPDATE budget SET used = used + ? WHERE name = ?", (more, claim.name))
        case RateClaim():
            more_s = (actual.get(claim.name, claim.amount) - claim.amount) * claim.interval_s
            moved = "UPDATE rate SET arrival_s = arrival_s + ? WHERE name = ?"
            database.execute(moved, (more_s, claim.name))
        case SlotClaim():
            database.execute("DELETE FROM slot WHERE name = ? AND id = ?", (claim.name, id_))


def _used(database: sqlite3.Connection, name: str, now: float) -> int:
    asked = "SELECT used FROM budget WHERE name = ? AND until_s > ?"
    row = database.execute(asked, (name, now)).fetchone()
    return 0 if row is None else int(row[0])


def _arrival_s(database: sqlite3.Connection, claim: RateClaim, now: float) -> float:
    """The theoretical arrival time, or now if that is later."""
    row = database.execute("SELECT arrival_s FROM rate WHERE name = ?", (claim.name,)).fetchone()
    return now if row is None else max(now, float(row[0]))
