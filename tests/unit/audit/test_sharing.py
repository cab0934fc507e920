"""A record for whose sync nobody waits shares the sync of what comes next."""

import asyncio
import errno
import os
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from guardrail_gw.audit.batch import Groups, Places
from guardrail_gw.audit.down import LedgerDownError
from guardrail_gw.audit.job import Job
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.record import Draft, Kind
from guardrail_gw.audit.review import show
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.audit.writer import Bounds, Writer
from guardrail_gw.errors import AuditDown
from guardrail_gw.observability.clock import SystemClock
from tests.support.audit_world import (
    HeldDisk,
    SteadyClock,
    World,
    files,
    intent,
    judged,
    outcome,
    world,
)

_UNSEALABLE = Draft(kind=Kind.INTENT, clear={"dec": "x" * 5000}, sealed=b"{}")
_LONG = Bounds(share_s=60.0, reopen_s=0.0, deadline_s=20.0)


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One set of keys; every test has its own log."""
    return world(tmp_path_factory.mktemp("keys"))


class _Counted:
    """The disk, and how often it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = asyncio.Event()
        self.count, self._loop, self._real = 0, asyncio.get_running_loop(), os.fdatasync
        monkeypatch.setattr("guardrail_gw.audit.segments.os.fdatasync", self._sync)

    def _sync(self, handle: int) -> None:
        self._real(handle)
        self.count += 1
        self._loop.call_soon_threadsafe(self.asked.set)


def _writer(keyed: World, log: Path, bounds: Bounds) -> Writer:
    clock = SystemClock()
    writer = Writer(Ledger(log, keyed.keys, clock, Limits()), clock, bounds)
    writer.start()
    return writer


async def _one(writer: Writer) -> int:
    """An intent on disk; its place."""
    (stored,) = await writer.settled(writer.submit([intent(1)], begins=True))
    return stored.index


async def _answered(writer: Writer, of: int) -> Job:
    """Its outcome, written and told."""
    job = writer.submit([outcome(of)], on_write=True)
    await writer.settled(job)
    return job


async def test_an_intent_takes_the_outcome_before_it_along(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are on disk after one sync, and the intent waits for no other."""
    writer = _writer(keyed, tmp_path / "log", _LONG)
    first = await _one(writer)
    disk = _Counted(monkeypatch)

    async with asyncio.timeout(20):
        await _answered(writer, first)
        before = disk.count
        second = await _one(writer)
    synced = disk.count
    await writer.close()

    report = judged(files(tmp_path / "log"), keyed.public)
    assert (before, synced) == (0, 1)
    assert second == first + 2
    assert [u.index for u in report.unpaired] == [second]
    assert report.signed == report.records == 5


async def test_the_disk_is_asked_soon_if_nobody_comes(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outcome after which nothing is asked gets a sync of its own."""
    writer = _writer(keyed, tmp_path / "log", Bounds())
    first = await _one(writer)
    disk = _Counted(monkeypatch)

    async with asyncio.timeout(20):
        await _answered(writer, first)
        await disk.asked.wait()
    await writer.close()

    assert judged(files(tmp_path / "log"), keyed.public).verdict is Verdict.OK


async def test_many_that_need_not_wait_put_nothing_off(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time to share is counted from the first: those that join it do not make it longer."""
    monkeypatch.setattr("guardrail_gw.audit.job._BATCH_GROUPS", 10**9)
    writer = _writer(keyed, tmp_path / "log", Bounds(share_s=0.02))
    intents = [await _one(writer) for _ in range(2)]
    disk = _Counted(monkeypatch)

    async with asyncio.timeout(20):
        await _answered(writer, intents[0])
        while not disk.asked.is_set():
            await writer.settled(writer.submit([Draft(kind=Kind.HEARTBEAT)], on_write=True))
        await _answered(writer, intents[1])
    await writer.close()

    assert judged(files(tmp_path / "log"), keyed.public).verdict is Verdict.OK


class _Watched:
    """The log's calls; after the first write somebody comes, before the thread goes on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, come: Callable[[], None]) -> None:
        self.calls: list[str] = []
        self._come, self._loop = come, asyncio.get_running_loop()
        self._write, self._sync = os.write, os.fdatasync
        monkeypatch.setattr("guardrail_gw.audit.segments.os.write", self.write)
        monkeypatch.setattr("guardrail_gw.audit.segments.os.fdatasync", self.sync)

    def write(self, handle: int, data: bytes) -> int:
        self.calls.append("write")
        if len(self.calls) == 1:
            there = threading.Event()
            self._loop.call_soon_threadsafe(self._came, there)
            assert there.wait(20)
        return self._write(handle, data)

    def _came(self, there: threading.Event) -> None:
        self._come()
        there.set()

    def sync(self, handle: int) -> None:
        self.calls.append("sync")
        self._sync(handle)


async def test_nobody_joins_when_the_time_is_over(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is there already when an outcome is told is not written before its sync."""
    writer = _writer(keyed, tmp_path / "log", Bounds(share_s=0.0))
    first = await _one(writer)
    jobs: list[Job] = []

    with monkeypatch.context() as patch:
        beat = [Draft(kind=Kind.HEARTBEAT)]
        disk = _Watched(patch, lambda: jobs.append(writer.submit(beat, on_write=True)))
        async with asyncio.timeout(20):
            await _answered(writer, first)
            await writer.settled(jobs[0])
    await writer.close()

    assert disk.calls[:3] == ["write", "sync", "write"]


@pytest.mark.parametrize("late", [0, 1])
async def test_the_end_waits_for_nobody(keyed: World, tmp_path: Path, late: int) -> None:
    """A log that closes asks the disk at once, also for what came in the meantime."""
    writer = _writer(keyed, tmp_path / "log", _LONG)
    first = await _one(writer)
    await _answered(writer, first)

    async with asyncio.timeout(20):
        jobs = [writer.submit([intent(2)]) for _ in range(late)]
        await writer.close()
        await asyncio.gather(*(writer.settled(job) for job in jobs))

    report = judged(files(tmp_path / "log"), keyed.public)
    assert len(report.unpaired) == late
    assert report.signed == report.records == 4 + late


async def test_a_sync_that_fails_is_told_to_all_who_share_it(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outcome that was told is reported lost, the intent is refused, and one gap has both."""
    writer = _writer(keyed, tmp_path / "log", _LONG)
    first = await _one(writer)
    disk = HeldDisk(monkeypatch)
    disk.fails = True
    heard: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    async with asyncio.timeout(20):
        job = writer.submit([outcome(first)], late=heard.set_result, on_write=True)
        await writer.settled(job)
        second = writer.submit([intent(2)])
        disk.go.set()
        with pytest.raises(AuditDown):
            await writer.settled(second)
        lost = await heard
        disk.fails = False
        third = await _one(writer)
        await writer.close()

    report = judged(files(tmp_path / "log"), keyed.public)
    assert lost is None
    assert (third, report.kinds["gap"]) == (first + 3, 1)
    assert [u.index for u in report.unpaired] == [first, third]


@pytest.mark.parametrize("call", ["write", "fdatasync"])
async def test_what_was_told_is_not_lost_for_who_came_to_share(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """The disk fails once, when both are written: the outcome is in the next segment."""
    writer = _writer(keyed, tmp_path / "log", _LONG)
    first = await _one(writer)

    async with asyncio.timeout(20):
        await _answered(writer, first)
        _fail_once(monkeypatch, call)
        with pytest.raises(AuditDown):
            await writer.settled(writer.submit([intent(2)], begins=True))
        second = await _one(writer)
        await writer.close()

    report = judged(files(tmp_path / "log"), keyed.public)
    assert (report.kinds["gap"], report.kinds["outcome"]) == (1, 1)
    assert [u.index for u in report.unpaired] == [second]


def _fail_once(monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    real, calls = getattr(os, call), count()

    def failing(*given: object) -> int | None:
        if not next(calls):
            raise OSError(errno.EIO, "Input/output error")
        done: int | None = real(*given)
        return done

    monkeypatch.setattr(f"guardrail_gw.audit.segments.os.{call}", failing)


async def test_who_cannot_be_sealed_takes_nobody_along(keyed: World, tmp_path: Path) -> None:
    """An outcome that was told stays in the log, whatever comes to share its sync."""
    writer = _writer(keyed, tmp_path / "log", _LONG)
    first = await _one(writer)

    async with asyncio.timeout(20):
        await _answered(writer, first)
        with pytest.raises(AuditDown):
            await writer.settled(writer.submit([_UNSEALABLE]))
        second = await _one(writer)
        await writer.close()

    report = judged(files(tmp_path / "log"), keyed.public)
    assert report.kinds["outcome"] == 1
    assert [u.index for u in report.unpaired] == [second]


def _pieces(keyed: World, log: Path, *more: Groups) -> tuple[Ledger, Places, SteadyClock]:
    """A ledger that has written one outcome, and these behind it."""
    clock = SteadyClock()
    ledger = Ledger(log, keyed.keys, clock, Limits())
    ledger.open()
    ((first,),) = ledger.append([[intent(1)]])
    rest: Iterator[Groups] = iter(more)

    def joined(_: Places) -> Groups:
        clock.pass_s(0.001)
        return next(rest, ())

    return ledger, ledger.append([[outcome(first.index)]], joined), clock


def test_all_pieces_of_a_batch_have_their_places(keyed: World, tmp_path: Path) -> None:
    """One behind the other, each of the time at which it came, all in one checkpoint."""
    ledger, stored, clock = _pieces(keyed, tmp_path, [[intent(2)], [intent(3)]], [[intent(4)]])
    ledger.close()

    report = judged(files(tmp_path), keyed.public, now_us=clock.now_us())
    times = [int(str(o.leaf["ts"])) for o in show(tmp_path, [keyed.auditor])]
    assert [s.index for group in stored for s in group] == [2, 3, 4, 5]
    assert [later - times[1] for later in times[2:6]] == [0, 1000, 1000, 2000]
    assert report.signed == report.records == 7
    assert (len(report.findings), len(report.unpaired)) == (1, 3)


def test_a_batch_of_which_a_piece_cannot_be_sealed(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written before it is on disk and is given; the log goes on behind it."""
    synced: list[int] = []
    with monkeypatch.context() as watched:
        watched.setattr("guardrail_gw.audit.segments.os.fdatasync", synced.append)
        ledger, stored, clock = _pieces(keyed, tmp_path, [[intent(2)], [_UNSEALABLE]])
    was_open = ledger.is_open
    ledger.open()
    ledger.append([[intent(3)]])
    ledger.close()

    report = judged(files(tmp_path), keyed.public, now_us=clock.now_us())
    assert [s.index for group in stored for s in group] == [2]
    assert len(synced) == 3  # an epoch, an intent, an outcome
    assert not was_open
    assert report.kinds == {"epoch": 2, "intent": 2, "outcome": 1, "gap": 1, "shutdown": 1}
    assert [u.index for u in report.unpaired] == [5]


def test_a_piece_that_is_torn_takes_the_whole_batch(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second write stops half-way: none of the batch counts, and the gap describes it all."""
    real, writes = os.write, [0]

    def torn(handle: int, data: bytes) -> int:
        writes[0] += 1
        if writes[0] < 5:  # an epoch, an intent, an outcome; then half of the next
            return real(handle, data if writes[0] < 4 else data[: len(data) // 2])
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr("guardrail_gw.audit.segments.os.write", torn)
        clock = SteadyClock()
        ledger = Ledger(tmp_path, keyed.keys, clock, Limits())
        ledger.open()
        ((first,),) = ledger.append([[intent(1)]])
        with pytest.raises(LedgerDownError):
            ledger.append([[outcome(first.index)]], lambda _: [[intent(2)]])
    ledger.open()
    ledger.close()

    report = judged(files(tmp_path), keyed.public, now_us=clock.now_us())
    gap = next(o.leaf for o in show(tmp_path, [keyed.auditor]) if o.kind == "gap")
    assert (gap["at"], gap["cause"]) == (first.end, "write")
    assert report.kinds == {"epoch": 2, "intent": 1, "gap": 1, "shutdown": 1}
    assert {f.verdict for f in report.findings} <= {Verdict.OK, Verdict.INCOMPLETE}
