"""The key register's contract, held by both stores: what must stay stays, what goes is gone."""

import asyncio
import secrets
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from random import Random  # noqa: TID251 - with a seed
from typing import Any

import pytest
import pytest_asyncio

from guardrail_gw.core.ports import Hold, KeyRegister, RegisterRow, Tombstone
from guardrail_gw.errors import RegisterDown
from guardrail_gw.keys.register_postgres import postgres_register
from guardrail_gw.keys.register_sqlite import SqliteRows, sqlite_register

NOW = 1_000


def row(**changed: Any) -> RegisterRow:
    """A row that may go at once and must at 500."""
    made = RegisterRow(
        sid=secrets.token_hex(16),
        tag=secrets.token_hex(16),
        scope="person",
        tenant="tenant",
        level="redacted",
        suite=1,
        public=b"public",
        sealed=secrets.token_bytes(40),
        not_before_us=0,
        until_us=500,
    )
    return replace(made, **changed)


async def _sqlite(path: Path) -> KeyRegister:
    return await asyncio.to_thread(sqlite_register, path)


@pytest_asyncio.fixture(
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.allow_blocking)]
)
async def register(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[KeyRegister]:
    """An empty register in each store."""
    if request.param == "sqlite":
        made = await _sqlite(tmp_path / "register" / "register.db")
    else:
        made = await _emptied(request.getfixturevalue("postgres_address"))
    yield made
    await made.close()


async def _emptied(address: str) -> KeyRegister:
    import asyncpg  # noqa: PLC0415 - not installed everywhere

    made = await postgres_register(address)
    connection = await asyncpg.connect(address)
    await connection.execute("TRUNCATE register_rows, register_tombstones, register_holds")
    await connection.close()
    return made


async def test_a_row_comes_back_as_it_was(register: KeyRegister) -> None:
    """By its tag and by its sid; of what is not there nothing comes."""
    put = row()

    assert await register.put(put) == put
    assert await register.found(put.tag) == put
    assert await register.known([put.sid, "0" * 32]) == {put.sid: put}
    assert await register.found("other") is None


async def test_one_row_for_each_tag(register: KeyRegister) -> None:
    """Many that meet the same person at once end with one row, and all of them with that one."""
    rows = [row(tag="same") for _ in range(8)]

    got = await asyncio.gather(*(register.put(each) for each in rows))

    assert len({each.sid for each in got}) == 1
    assert len(await register.of_scope("person")) == 1


async def test_a_destroyed_row_leaves_a_tombstone(register: KeyRegister) -> None:
    """Its keys and tags are gone, its sid, level, time and why remain; again changes nothing."""
    put = await register.put(row())

    first = await register.destroy([put.sid], "erased", NOW)
    again = await register.destroy([put.sid], "expired", NOW + 1)

    left = (await register.known([put.sid]))[put.sid]
    assert (first, again) == (1, 1)
    assert left == Tombstone(sid=put.sid, level="redacted", why="erased", at_us=NOW, until_us=500)
    assert await register.found(put.tag) is None


@pytest.mark.parametrize("scope", ["person", "tenant", ""])
async def test_a_hold_keeps_what_it_names(register: KeyRegister, scope: str) -> None:
    """A hold on a person, a tenant or everything stands before any destroying, until released."""
    put = await register.put(row())
    held = Hold(id="a" * 32, scope=scope, since_us=NOW)
    await register.hold(held)

    kept = await register.destroy([put.sid], "erased", NOW)
    assert await register.holds() == [held]
    released = await register.release("a" * 32, NOW)
    gone = await register.destroy([put.sid], "erased", NOW)

    assert (kept, released, gone) == (0, True, 1)
    assert await register.release("a" * 32, NOW) is False


async def test_a_hold_keeps_nothing_else(register: KeyRegister) -> None:
    """Others' rows go as if there were no hold."""
    put = await register.put(row())
    await register.hold(Hold(id="b" * 32, scope="another", since_us=NOW))

    assert await register.destroy([put.sid], "erased", NOW) == 1


async def test_a_minimum_stands_before_an_erasure(register: KeyRegister) -> None:
    """Before its time a row stays, whoever asks; at that moment it goes."""
    put = await register.put(row(not_before_us=NOW))

    early = await register.destroy([put.sid], "erased", NOW - 1)
    late = await register.destroy([put.sid], "erased", NOW)

    assert (early, late) == (0, 1)


async def test_what_is_due(register: KeyRegister) -> None:
    """Rows whose time has passed, and rows whose erasure was asked for; the first ask counts."""
    old, wanted, young = row(until_us=NOW), row(until_us=NOW + 5), row(until_us=NOW + 1)
    for each in (old, wanted, young):
        await register.put(each)
    await register.want([wanted.sid], "art17")
    await register.want([wanted.sid], "other")

    due = await register.due(NOW)

    assert [(each.sid, each.wanted) for each in due] == [(old.sid, ""), (wanted.sid, "art17")]


async def test_a_tenant_has_its_persons(register: KeyRegister) -> None:
    """Asked by the tenant's tag, the rows of its persons come, too."""
    rows = [row(scope="one"), row(scope="two"), row(scope="other", tenant="other")]
    for each in rows:
        await register.put(each)

    assert {r.sid for r in await register.of_scope("tenant")} == {r.sid for r in rows[:2]}
    assert [r.sid for r in await register.of_scope("two")] == [rows[1].sid]


async def test_no_byte_of_a_destroyed_key_stays_in_the_file(tmp_path: Path) -> None:
    """Neither the file nor what SQLite writes beside it holds a byte of it any more."""
    path = tmp_path / "register.db"
    made = await _sqlite(path)
    rows = [await made.put(row(sealed=secrets.token_bytes(900))) for _ in range(20)]
    before = b"".join(p.read_bytes() for p in tmp_path.iterdir())

    await made.destroy([each.sid for each in rows[:10]], "erased", NOW)

    after = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert all(each.sealed[:64] in before for each in rows)
    assert not any(each.sealed[at : at + 64] in after for each in rows[:10] for at in (0, 400, 800))
    assert not any(each.tag.encode() in after for each in rows[:10])
    assert all(each.sealed[:64] in after for each in rows[10:])
    await made.close()


async def test_no_byte_stays_where_pages_were_split(tmp_path: Path) -> None:
    """Rows of all sizes come and go, and no page keeps a copy of one that went."""
    chance, path = Random(11), tmp_path / "register.db"  # noqa: S311 - with a seed
    made, there, gone = await _sqlite(path), list[RegisterRow](), list[RegisterRow]()
    for _ in range(46):
        if chance.random() < 0.7 or not there:
            sealed = secrets.token_bytes(chance.choice([300, 500, 700, 900, 1500, 6000]))
            there.append(await made.put(row(sealed=sealed)))
            continue
        going = chance.sample(there, chance.randint(1, min(4, len(there))))
        there, gone = [r for r in there if r not in going], gone + going
        await made.want([r.sid for r in chance.sample(there, min(3, len(there)))], "art17")
        await made.destroy([r.sid for r in going], "erased", NOW)

    left = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    places = [(r, at) for r in gone for at in range(0, len(r.sealed) - 32, 64)]
    assert len(gone) > 20
    assert not any(r.sealed[at : at + 32] in left for r, at in places)
    assert not any(r.tag.encode() in left for r in gone)
    await made.close()


@pytest.mark.allow_blocking
async def test_an_erasure_that_a_reader_keeps_from_ending_is_not_done(tmp_path: Path) -> None:
    """While another program reads on, the old bytes stay, and the command says that it failed."""
    path = tmp_path / "register.db"
    made = sqlite_register(path, wait_s=0.05)
    put = await made.put(row(sealed=secrets.token_bytes(900)))
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM register_rows").fetchall()

    with pytest.raises(RegisterDown, match="give the command again"):
        await made.destroy([put.sid], "erased", NOW)
    reader.close()
    await made.destroy([put.sid], "erased", NOW)

    left = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert put.sealed[:64] not in left
    await made.close()


@pytest.mark.allow_blocking
async def test_no_byte_of_a_destroyed_key_stays_in_a_table(postgres_address: str) -> None:
    """A page of PostgreSQL's table, as the server reads it, holds no byte of it any more."""
    import asyncpg  # noqa: PLC0415 - not installed everywhere

    made, connection = await _emptied(postgres_address), await asyncpg.connect(postgres_address)
    rows = [await made.put(row(sealed=secrets.token_bytes(700))) for _ in range(20)]
    await made.destroy([each.sid for each in rows[:10]], "erased", NOW)

    await connection.execute("CHECKPOINT")  # what the server remembers goes to its files
    path = await connection.fetchval("SELECT pg_relation_filepath('register_rows')")
    table = await connection.fetchval("SELECT pg_read_binary_file($1)", path)
    assert not any(each.sealed[100:164] in table for each in rows[:10])
    assert all(each.sealed[100:164] in table for each in rows[10:])
    await connection.close()
    await made.close()


async def test_the_file_is_its_owners(tmp_path: Path) -> None:
    """The file is 0600 in a folder of 0700."""
    made = await _sqlite(tmp_path / "a" / "register.db")
    await made.close()

    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "a" / "register.db").stat().st_mode & 0o777 == 0o600


async def test_a_reader_sees_the_same(tmp_path: Path) -> None:
    """While it is written and once it rests, a reader learns what the register knows."""
    path = tmp_path / "register.db"
    made = await _sqlite(path)
    there, gone = await made.put(row()), await made.put(row())
    await made.destroy([gone.sid], "expired", NOW)
    sids = [there.sid, gone.sid, "0" * 32]

    writing = await asyncio.to_thread(SqliteRows(path), sids)
    known = await made.known(sids)
    await made.close()
    resting = await asyncio.to_thread(SqliteRows(path), sids)

    assert writing == resting == known
    assert sorted(p.name for p in tmp_path.iterdir()) == ["register.db"]


async def _postgres_gone(_: Path) -> None:
    await postgres_register("postgresql://gateway@127.0.0.1:1/none")


async def _not_a_database(tmp_path: Path) -> None:
    (tmp_path / "register.db").write_bytes(b"nothing of the kind" * 100)
    await asyncio.to_thread(sqlite_register, tmp_path / "register.db")


async def _no_copy(tmp_path: Path) -> None:
    await asyncio.to_thread(SqliteRows(tmp_path / "none.db"), ["0" * 32])


@pytest.mark.parametrize(
    "attempt",
    [pytest.param(_postgres_gone, marks=pytest.mark.allow_blocking), _not_a_database, _no_copy],
)
async def test_a_register_that_is_not_there(
    tmp_path: Path, attempt: Callable[[Path], Coroutine[Any, Any, None]]
) -> None:
    """It is said in words, with a stable code, and without what the driver said."""
    with pytest.raises(RegisterDown) as down:
        await attempt(tmp_path)

    assert down.value.code == "audit.register_unavailable"
    assert down.value.__cause__ is None
