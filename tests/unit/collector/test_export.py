"""Logs out of the database again, and what is said when the database was meddled with."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from guardrail_gw.audit.review import verify_directory
from guardrail_gw.audit.segments import CHECKPOINTS, SEGMENT
from guardrail_gw.audit.verify import Report, Verdict
from guardrail_gw.collector.database import DatabaseDownError
from guardrail_gw.collector.export import collected, export
from guardrail_gw.collector.intake import Intake, Sender
from guardrail_gw.collector.store import Store
from guardrail_gw.errors import ConfigError
from tests.support.audit_world import SteadyClock, World
from tests.support.collecting import GATEWAY, Place
from tests.support.parcels import lived, packed, parcels, pieces
from tests.unit.collector.test_intake import COSIGNER

pytestmark = pytest.mark.allow_blocking  # the driver reads its password files as it connects


async def sent(where: Place, made: World, log: Path) -> str:
    """Bring a log to the collector; returns its name."""
    store = await Store.open(where.collect)
    intake, origin = Intake(store, COSIGNER, SteadyClock()), ""
    for parcel in await asyncio.to_thread(lambda: list(parcels(log))):
        origin = parcel.last.checkpoint.origin
        sender = Sender(gateway=GATEWAY, origin=origin, key=made.public.origin)
        await intake.take(sender, parcel.start, pieces(packed(parcel)))
    await store.close()
    return origin


@pytest.fixture
async def two(where: Place, keyed: World, tmp_path: Path) -> dict[str, Path]:
    """Two logs of one gateway, collected: name -> folder."""
    logs = [await asyncio.to_thread(lived, keyed, tmp_path / name) for name in ("one", "two")]
    return {await sent(where, keyed, log): log for log in logs}


@pytest.fixture
async def one(where: Place, keyed: World, tmp_path: Path) -> str:
    """The name of a log that is collected, to be meddled with."""
    return await sent(where, keyed, await asyncio.to_thread(lived, keyed, tmp_path / "one"))


def files(folder: Path) -> dict[str, bytes]:
    """Segments and checkpoints."""
    found = (path for path in folder.iterdir() if path.suffix in {SEGMENT, CHECKPOINTS})
    return {path.name: path.read_bytes() for path in found}


async def test_each_log_comes_back_byte_for_byte(
    where: Place, two: dict[str, Path], tmp_path: Path
) -> None:
    """Segments and checkpoints of several epochs and runs are the gateway's own files."""
    told: list[int] = []
    for number, (origin, log) in enumerate(two.items()):
        out = tmp_path / f"out-{number}"
        found = await export(where.read, origin, out, told.append)
        assert files(out) == files(log)
        assert (found.gateway, found.closed, found.forks) == (GATEWAY, True, 0)

    names = [each.origin for each in await collected(where.read)]
    assert set(two) <= set(names)
    assert names == sorted(names)
    assert told


async def test_which_log_has_to_be_clear(
    where: Place, two: dict[str, Path], tmp_path: Path
) -> None:
    """Of several logs one is named; a folder that exists is not written into."""
    for origin in (None, "log.example/none"):
        with pytest.raises(ConfigError, match="collect list"):
            await export(where.read, origin, tmp_path / "out")
    (tmp_path / "there").mkdir()
    with pytest.raises(ConfigError, match="exists"):
        await export(where.read, next(iter(two)), tmp_path / "there")


async def meddled(where: Place, statement: str) -> None:
    """What an administrator of the database can do, against triggers and all."""
    owner = await asyncpg.connect(where.owner)
    async with owner.transaction():
        for state in ("DISABLE", "ENABLE ALWAYS"):
            for table in ("records", "checkpoints"):
                await owner.execute(f"ALTER TABLE collected.{table} {state} TRIGGER never_changed")
            if state == "DISABLE":
                await owner.execute(statement)
    await owner.close()


ALTERED = (
    "UPDATE collected.records SET meta = '' WHERE origin = '{log}' AND seq = 5",
    """UPDATE collected.records r SET leaf =
       (SELECT leaf FROM collected.records WHERE origin = r.origin AND seq = 3)
       WHERE origin = '{log}' AND seq = 5""",
    """UPDATE collected.checkpoints c SET note =
       (SELECT note FROM collected.checkpoints WHERE origin = c.origin ORDER BY size LIMIT 1)
       WHERE origin = '{log}' AND size > 20""",
)


@pytest.mark.parametrize("statement", ALTERED, ids=["meta", "leaf", "note"])
async def test_an_altered_row_is_found_by_verify(
    where: Place, one: str, keyed: World, tmp_path: Path, statement: str
) -> None:
    """Whoever changes the database changes nothing that anyone would believe."""
    out = tmp_path / "out"
    await meddled(where, statement.format(log=one))

    await export(where.read, one, out)

    def judged() -> Report:
        return verify_directory(out, keyed.public_folder)

    assert (await asyncio.to_thread(judged)).verdict is Verdict.TAMPERED


async def test_a_missing_row_is_told(where: Place, one: str, tmp_path: Path) -> None:
    """Records that a checkpoint covers and that are not there end the export."""
    await meddled(where, f"DELETE FROM collected.records WHERE origin = '{one}' AND seq = 5")

    with pytest.raises(DatabaseDownError, match=r"of \d+ records \d+ are in the database"):
        await export(where.read, one, tmp_path / "out")
