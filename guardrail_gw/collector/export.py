"""Logs out of PostgreSQL: listed, and written back byte for byte as a gateway has them.

A frame has one spelling and so has a checkpoint's note, so that files made of what is stored are
those that the gateway wrote, as far as it was acknowledged. Reads as `guardrail_read`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guardrail_gw.audit.frame import framed
from guardrail_gw.audit.note import parse_note
from guardrail_gw.audit.segments import CHECKPOINTS, SEGMENT, segment_name
from guardrail_gw.collector.database import DatabaseDownError, connected, reaching
from guardrail_gw.errors import ConfigError

if TYPE_CHECKING:
    import asyncpg

_AT_ONCE = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """One log, as far as it was accepted."""

    origin: str
    records: int
    gateway: str
    accepted_us: int
    """When its last checkpoint was."""
    closed: bool
    forks: int


async def collected(dsn: str) -> list[Collected]:
    """Every log, by name; raises DatabaseDownError."""
    connection = await connected(dsn)
    try:
        with reaching("the logs cannot be listed"):
            rows = await connection.fetch(_LOGS)
    finally:
        await connection.close()
    return [Collected(**dict(row)) for row in rows]


async def export(
    dsn: str, origin: str | None, out: Path, told: Callable[[int], None] = lambda _: None
) -> Collected:
    """Write a log into a new folder, and beside it its newest cosigned checkpoint.

    Args:
        dsn: the database, as somebody who may read.
        origin: the log; without it there must be one only.
        out: the folder; must not exist. The checkpoint goes to `<out>.cosigned`.
        told: how many records are written, now and then.

    Raises:
        ConfigError: there is no such log, or more than one, or the folder exists.
        DatabaseDownError: the database cannot be read.
    """
    found = [each for each in await collected(dsn) if origin in {None, each.origin}]
    if len(found) != 1:
        raise ConfigError(
            f"{len(found)} logs of that name; guardrail-gw collect list shows their names"
        )
    log = found[0]
    connection = await connected(dsn)
    try:
        await asyncio.to_thread(_made, out)
        with reaching("the log cannot be read"):
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                size = await _checkpoints(connection, log.origin, out)
                await _records(connection, (log.origin, size), out, told)
    finally:
        await connection.close()
    return log


async def _records(
    connection: "asyncpg.Connection",
    which: tuple[str, int],
    out: Path,
    told: Callable[[int], None],
) -> None:
    """Segments, as many records at once as one page of the cursor has."""
    cursor = await connection.cursor(_RECORDS, *which)
    done = 0
    while rows := await cursor.fetch(_AT_ONCE):
        await asyncio.to_thread(_append, out, rows)
        done += len(rows)
        told(done)
    if done != which[1]:
        raise DatabaseDownError(f"of {which[1]} records {done} are in the database")


async def _checkpoints(connection: "asyncpg.Connection", origin: str, out: Path) -> int:
    """The checkpoint files; how many records the newest covers."""
    cursor = await connection.cursor(_CHECKPOINTS, origin)
    size, cosigned = 0, b""
    while rows := await cursor.fetch(_AT_ONCE):
        await asyncio.to_thread(_append_points, out, rows)
        size = rows[-1]["size"]
        for row in rows:
            if row["cosignature"] is not None:
                cosigned = row["note"] + row["cosignature"].encode()
    await asyncio.to_thread(out.with_name(f"{out.name}.cosigned").write_bytes, cosigned)
    return size


def _made(out: Path) -> None:
    try:
        out.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise ConfigError(f"{out} exists; choose another folder") from None


def _append(out: Path, rows: list[Any]) -> None:
    for first in dict.fromkeys(row["first"] for row in rows):
        with (out / segment_name(first)).open("ab") as file:
            for row in rows:
                if row["first"] == first:
                    parts = (row["leaf"], row["meta"], row["content"], row["wrap"])
                    file.write(framed(*parts))


def _append_points(out: Path, rows: list[Any]) -> None:
    for row in rows:
        parse_note(row["note"])  # nothing else becomes a checkpoint file
        name = segment_name(row["first"]).replace(SEGMENT, CHECKPOINTS)
        with (out / name).open("ab") as file:
            file.write(row["note"] + b"\n")


_LOGS = """
SELECT c.origin, c.size AS records, c.gateway, c.closed,
    (extract(epoch FROM c.accepted_at) * 1000000)::bigint AS accepted_us,
    (SELECT count(*) FROM collected.forks f WHERE f.origin = c.origin) AS forks
FROM (SELECT DISTINCT origin FROM collected.segments) s
CROSS JOIN LATERAL (
    SELECT * FROM collected.checkpoints k WHERE k.origin = s.origin ORDER BY k.size DESC LIMIT 1
) c
ORDER BY c.origin
"""
_RECORDS = """
SELECT seq, first, leaf, meta, content, wrap FROM collected.records
WHERE origin = $1 AND seq < $2 ORDER BY seq
"""
_CHECKPOINTS = """
SELECT size, first, note, cosignature FROM collected.checkpoints WHERE origin = $1 ORDER BY size
"""
