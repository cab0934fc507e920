"""What a collector acknowledges, in a real PostgreSQL: what it has verified, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.audit.continuation import ContradictionError
from guardrail_gw.audit.cosignature import cosigned_s
from guardrail_gw.audit.note import Checkpoint, parse_note, sign
from guardrail_gw.audit.parcel import Parcel
from guardrail_gw.audit.record import RecordError
from guardrail_gw.collector.database import DatabaseDownError
from guardrail_gw.collector.intake import Acknowledged, Cosigner, Intake, OutOfStepError, Sender
from guardrail_gw.collector.store import Store
from guardrail_gw.keys.vkey import COSIGNS, Verifier
from tests.support.audit_world import START_US, SteadyClock, World
from tests.support.collecting import GATEWAY, Place
from tests.support.parcels import frames_of, lived, packed, pieces, singly

pytestmark = pytest.mark.allow_blocking  # the driver reads its password files as it connects
COSIGNER = Cosigner(name="collector.example", key=Ed25519PrivateKey.generate())
KNOWN = Verifier(
    name=COSIGNER.name, public=COSIGNER.key.public_key().public_bytes_raw(), kind=COSIGNS
)


class Taking:
    """An intake, and a log that is sent to it."""

    def __init__(self, store: Store, where: Place, sent: list[Parcel], key: Verifier) -> None:
        self.intake = Intake(store, COSIGNER, SteadyClock())
        self.store = store
        self.where = where
        self.sent = sent
        origin = sent[0].last.checkpoint.origin
        self.sender = Sender(gateway=GATEWAY, origin=origin, key=key)

    async def take(self, parcel: Parcel, data: bytes | None = None) -> Acknowledged:
        found = packed(parcel) if data is None else data
        return await self.intake.take(self.sender, parcel.start, pieces(found))

    async def count(self, table: str) -> int:
        reader = await asyncpg.connect(self.where.read)
        query = f"SELECT count(*) FROM collected.{table} WHERE origin = $1"
        found = await reader.fetchval(query, self.sender.origin)
        await reader.close()
        return int(found)

    async def size(self) -> int:
        return (await self.store.stood(self.sender.origin)).standing.size


@pytest.fixture
async def taking(where: Place, keyed: World, tmp_path: Path) -> AsyncIterator[Taking]:
    """An intake, and a log that is not sent yet."""
    store = await Store.open(where.collect)
    sent = await asyncio.to_thread(lambda: singly(lived(keyed, tmp_path)))
    yield Taking(store, where, sent, keyed.public.origin)
    await store.close()


async def test_a_log_is_acknowledged_parcel_by_parcel(taking: Taking) -> None:
    """Each answer is a cosignature over the parcel's last checkpoint, and the next continues it."""
    told = [await taking.take(parcel) for parcel in taking.sent]

    points = [parcel.last.checkpoint for parcel in taking.sent]
    assert [each.size for each in told] == [point.size for point in points]
    assert sum(each.records for each in told) == points[-1].size
    lines = [each.cosignature for each in told]
    when = [cosigned_s(line, point, KNOWN) for line, point in zip(lines, points, strict=True)]
    assert set(when) == {START_US // 1_000_000}
    stood = await taking.store.stood(taking.sender.origin)
    assert (stood.point, stood.cosignature) == (points[-1], lines[-1])
    assert await taking.count("records") == stood.standing.size
    assert stood.standing.closed


async def test_what_was_sent_twice_is_stored_once(taking: Taking) -> None:
    """An answer that was lost costs a second question: the collector says where it stands."""
    await taking.take(taking.sent[0])
    await taking.take(taking.sent[1])

    for parcel in (taking.sent[1], taking.sent[0], taking.sent[3]):
        with pytest.raises(OutOfStepError) as told:
            await taking.take(parcel)
        assert told.value.size == taking.sent[1].last.checkpoint.size

    assert await taking.count("forks") == 0
    assert await taking.size() == taking.sent[1].last.checkpoint.size


async def test_a_refused_parcel_leaves_nothing(taking: Taking) -> None:
    """A byte that is wrong near the end takes all records before it out of the database again."""
    await taking.take(taking.sent[0])
    data = bytearray(packed(taking.sent[1]))
    data[-40] ^= 1

    last = frames_of(taking.sent[1])[-1]
    short = packed(taking.sent[1])[: last.at - last.end]

    for wrong in (bytes(data), bytes(data[:-60]), short, packed(taking.sent[1]) + b"more"):
        with pytest.raises(RecordError):
            await taking.take(taking.sent[1], wrong)

    assert await taking.count("records") == taking.sent[0].last.checkpoint.size
    assert (await taking.take(taking.sent[1])).size == taking.sent[1].last.checkpoint.size


async def test_a_parcel_that_breaks_off_leaves_nothing(taking: Taking) -> None:
    """A gateway that is gone in the middle of a parcel can send it again."""

    async def broken() -> AsyncIterator[bytes]:
        yield packed(taking.sent[0])[:-10]
        raise RecordError("the parcel broke off")

    with pytest.raises(RecordError, match="broke off"):
        await taking.intake.take(taking.sender, 0, broken())

    assert await taking.count("records") == 0
    assert (await taking.take(taking.sent[0])).records


async def test_two_roots_for_one_size_are_a_fork(
    taking: Taking, keyed: World, tmp_path: Path
) -> None:
    """What the origin key signed for a size that was accepted with another root is evidence."""
    for parcel in taking.sent[:4]:
        await taking.take(parcel)
    own = taking.sent[2].last.checkpoint
    other = Checkpoint(origin=own.origin, size=own.size - 1, root=bytes(32))
    forged = parse_note(sign(other, keyed.keys.signer, keyed.keys.signer))

    for _ in range(2):
        with pytest.raises(ContradictionError, match="two roots"):
            await taking.take(Parcel(start=0, points=(forged,)))

    reader = await asyncpg.connect(taking.where.read)
    (kept,) = await reader.fetch("SELECT * FROM collected.forks WHERE origin = $1", own.origin)
    await reader.close()
    assert kept["note"] == forged.note()
    assert (kept["size"], kept["accepted_size"]) == (other.size, other.size)
    assert kept["accepted_root"] != other.root
    assert (await taking.take(taking.sent[4])).size == taking.sent[4].last.checkpoint.size


async def test_records_of_another_past_are_a_fork(taking: Taking, keyed: World) -> None:
    """A signed checkpoint to which the records do not lead is kept, and nothing is acknowledged."""
    await taking.take(taking.sent[0])
    after = taking.sent[1].last.checkpoint
    other = replace(after, root=bytes(32))
    forged = parse_note(sign(other, keyed.keys.signer, keyed.keys.signer))

    with pytest.raises(ContradictionError, match="signed root"):
        await taking.take(replace(taking.sent[1], points=(forged,)))

    assert await taking.count("forks") == 1
    assert await taking.size() == taking.sent[0].last.checkpoint.size


async def test_what_nobody_signed_is_no_evidence(taking: Taking) -> None:
    """A checkpoint that the origin key did not sign is not kept: anyone could have written it."""
    await taking.take(taking.sent[0])
    other = replace(taking.sent[0].last.checkpoint, root=bytes(32))
    strange = Ed25519PrivateKey.generate()
    forged = parse_note(sign(other, strange, strange))

    with pytest.raises(RecordError, match="not signed by the origin key"):
        await taking.take(Parcel(start=0, points=(forged,)))

    assert await taking.count("forks") == 0


async def test_two_at_once_take_turns(taking: Taking) -> None:
    """Of two that bring the same records at the same time one is acknowledged, the other told."""
    results = await asyncio.gather(
        *(taking.take(taking.sent[0]) for _ in range(4)), return_exceptions=True
    )

    acknowledged = [each for each in results if isinstance(each, Acknowledged)]
    told = [each for each in results if isinstance(each, OutOfStepError)]
    assert (len(acknowledged), len(told)) == (1, 3)


async def test_a_database_that_is_gone(taking: Taking) -> None:
    """Without its database a collector acknowledges nothing."""
    await taking.store.close()

    with pytest.raises(DatabaseDownError):
        await taking.take(taking.sent[0])
