"""The writer's thread: batches, bounds, deadlines, and who is told what."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.audit.frame import frames
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.record import Content, Level
from guardrail_gw.audit.segments import Span
from guardrail_gw.audit.tree import leaf_hash
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.audit.writer import MAX_RECORD, Bounds, Writer
from guardrail_gw.errors import AuditDown
from guardrail_gw.observability.clock import SystemClock
from tests.support.audit_world import HeldDisk, World, files, intent, judged, outcome, pair, world


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One set of keys; every test has its own log."""
    return world(tmp_path_factory.mktemp("keys"))


def _writer(keyed: World, log: Path, bounds: Bounds | None = None, *, start: bool = True) -> Writer:
    clock = SystemClock()
    made = Writer(Ledger(log, keyed.keys, clock, Limits()), clock, bounds or Bounds())
    if start:
        made.start()
    return made


def _at_rest(writer: Writer) -> None:
    """Wait until the thread waits for somebody."""
    while not writer._asleep:  # noqa: SLF001 - nobody else needs to know
        time.sleep(0.001)


async def test_concurrent_appends_share_a_sync(keyed: World, tmp_path: Path) -> None:
    """64 tasks append at once: every record is stored once, in far fewer batches than records."""
    writer = _writer(keyed, tmp_path / "log")

    async def append(number: int) -> list[int]:
        indices = []
        for _ in range(10):
            stored = await writer.settled(writer.submit(pair(number)))
            indices += [s.index for s in stored]
        return indices

    found = await asyncio.gather(*(append(number) for number in range(64)))
    await writer.close()

    assert sorted(i for indices in found for i in indices) == list(range(1, 1281))
    assert writer.tally.batches < 400
    assert judged(files(tmp_path / "log"), keyed.public).verdict is Verdict.OK


async def test_what_is_submitted_in_one_turn_is_one_batch(keyed: World, tmp_path: Path) -> None:
    """Eight groups from one turn of the event loop cost one write and one wake-up."""
    writer = _writer(keyed, tmp_path / "log")
    await writer.settled(writer.submit(pair(0)))
    before = writer.tally.batches

    await asyncio.gather(*[writer.submit(pair(number)).future for number in range(8)])
    await writer.close()

    assert (before, writer.tally.batches) == (1, 2)


async def test_what_need_not_wait_for_the_disk(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record that may is acknowledged when it is in the file, before the disk has confirmed."""
    writer = _writer(keyed, tmp_path / "log")
    await writer.settled(writer.submit(pair(0)))
    disk = HeldDisk(monkeypatch)

    async with asyncio.timeout(20):
        (first, _) = await writer.settled(writer.submit(pair(1), on_write=True))
        span = Span(path=first.path, start=first.start, end=first.end)
        there = await asyncio.to_thread(span.read)
        late = writer.submit(pair(2))
        await asyncio.sleep(0.05)
        waits = not late.future.done()
        disk.go.set()
        await writer.settled(late)
    await writer.close()

    assert waits
    assert [leaf_hash(frame.leaf) for frame in frames(there)] == [first.leaf_hash]
    assert judged(files(tmp_path / "log"), keyed.public).verdict is Verdict.OK


async def test_beside_an_intent_all_wait_for_the_disk(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one batch with a record that must be durable, nothing is acknowledged before the sync."""
    writer = _writer(keyed, tmp_path / "log")
    await writer.settled(writer.submit(pair(0)))
    disk = HeldDisk(monkeypatch)

    jobs = [writer.submit([outcome()], on_write=True), writer.submit([intent(1)])]
    await asyncio.sleep(0.05)
    done = [job.future.done() for job in jobs]
    disk.go.set()
    await asyncio.gather(*(job.future for job in jobs))
    await writer.close()

    assert done == [False, False]


async def test_a_sync_that_fails_afterwards_is_told(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was acknowledged and is then not confirmed is told to `late`, and nothing more goes."""
    writer = _writer(keyed, tmp_path / "log", Bounds(reopen_s=60.0))
    await writer.settled(writer.submit(pair(0)))
    disk = HeldDisk(monkeypatch)
    heard: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    async with asyncio.timeout(20):
        job = writer.submit([outcome()], late=heard.set_result, on_write=True)
        await writer.settled(job)
        disk.fails = True
        disk.go.set()
        lost = await heard
        with pytest.raises(AuditDown):
            await writer.settled(writer.submit([outcome()], on_write=True))
    await writer.close()

    assert lost is None
    assert writer.tally.problem == "Input/output error"


async def test_a_batch_is_bounded_whatever_one_turn_brings(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than one write may hold is written in several, each group whole and in its order."""
    monkeypatch.setattr("guardrail_gw.audit.job._BATCH_GROUPS", 3)
    writer = _writer(keyed, tmp_path / "log")

    stored = await asyncio.gather(*[writer.submit(pair(number)).future for number in range(8)])
    await writer.close()

    assert [s.index for group in stored for s in group] == list(range(1, 17))
    assert writer.tally.batches == 3


async def test_closing_ends_whatever_is_still_queued(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than one write holds is written in several, and then the log is ended in order."""
    monkeypatch.setattr("guardrail_gw.audit.job._BATCH_GROUPS", 3)
    writer = _writer(keyed, tmp_path / "log")
    waiting = [writer.submit(pair(number)).future for number in range(8)]

    async with asyncio.timeout(20):
        await writer.close()
    await asyncio.gather(*waiting)

    assert writer.tally.records == 16
    assert judged(files(tmp_path / "log"), keyed.public).verdict is Verdict.OK


async def test_a_place_is_where_the_record_lies(keyed: World, tmp_path: Path) -> None:
    """What is acknowledged stands in the file, at the place and with the hash that were given."""
    writer = _writer(keyed, tmp_path / "log")

    stored = await writer.settled(writer.submit(pair(1), read_back=True))
    await writer.close()

    assert [s.index for s in stored] == [1, 2]
    assert stored[0].end == stored[1].start
    assert stored[1].end <= stored[1].path.stat().st_size


async def test_the_queue_is_bounded_in_number(keyed: World, tmp_path: Path) -> None:
    """When as many groups wait as may, the next is refused with a time to come back."""
    writer = _writer(keyed, tmp_path / "log", Bounds(groups=2), start=False)
    waiting = [writer.submit([intent(n)]).future for n in range(2)]

    with pytest.raises(AuditDown) as refused:
        _ = writer.submit([intent(3)])
    writer.start()
    await asyncio.gather(*waiting)
    await writer.settled(writer.submit([intent(4)]))
    await writer.close()

    assert refused.value.retry_after_s


async def test_the_queue_is_bounded_in_bytes(keyed: World, tmp_path: Path) -> None:
    """When as many bytes wait as may, the next is refused."""
    writer = _writer(keyed, tmp_path / "log", Bounds(queued_bytes=1000), start=False)
    big = Content(level=Level.FULL, data=b"x" * 900)
    waiting = writer.submit([intent(1, big)])

    with pytest.raises(AuditDown):
        _ = writer.submit([intent(2, big)])
    writer.start()
    await waiting.future
    await writer.close()


async def test_a_record_is_bounded(keyed: World, tmp_path: Path) -> None:
    """A record larger than a frame may be is refused before it is queued."""
    writer = _writer(keyed, tmp_path / "log")

    with pytest.raises(AuditDown, match="too large"):
        _ = writer.submit([intent(1, Content(level=Level.FULL, data=bytes(MAX_RECORD)))])
    await writer.close()


async def test_waiting_is_bounded(keyed: World, tmp_path: Path) -> None:
    """A writer that does not come back in time means AuditDown, and `late` hears the rest."""
    writer = _writer(keyed, tmp_path / "log", Bounds(deadline_s=0.05), start=False)
    heard: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    job = writer.submit(
        [intent(1)], late=lambda stored: heard.set_result(stored[0].index if stored else -1)
    )

    with pytest.raises(AuditDown, match="in time"):
        await writer.settled(job)
    writer.start()

    assert await heard == 1
    await writer.close()


async def test_each_record_has_its_own_time(keyed: World, tmp_path: Path) -> None:
    """Of two records that nobody writes each is refused when it is due, by one timer."""
    writer = _writer(keyed, tmp_path / "log", Bounds(deadline_s=0.1), start=False)
    loop = asyncio.get_running_loop()

    async def refused() -> float:
        began = loop.time()
        with pytest.raises(AuditDown, match="in time"):
            await writer.settled(writer.submit([intent(1)]))
        return loop.time() - began

    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        first = tasks.create_task(refused())
        await asyncio.sleep(0.05)
        second = tasks.create_task(refused())
    writer.start()
    await writer.close()

    assert min(first.result(), second.result()) >= 0.1


async def test_a_log_that_cannot_be_opened(keyed: World, tmp_path: Path) -> None:
    """While the folder cannot be made every record is refused; afterwards the same writer works."""
    (tmp_path / "log").write_text("in the way")
    writer = _writer(keyed, tmp_path / "log" / "deep", Bounds(reopen_s=0.0))

    with pytest.raises(AuditDown) as refused:
        await writer.settled(writer.submit([intent(1)]))
    problem = writer.tally.problem
    (tmp_path / "log").unlink()
    stored = await writer.settled(writer.submit([intent(2)]))
    await writer.close()

    assert refused.value.code == "audit.unavailable"
    assert problem
    assert writer.tally.problem is None
    assert stored[0].index == 1


async def test_a_deleted_segment_fails_closed_and_heals(keyed: World, tmp_path: Path) -> None:
    """Deleting the open segment refuses the next record; the log goes on under a new origin."""
    writer = _writer(keyed, tmp_path / "log", Bounds(reopen_s=0.0))
    first = await writer.settled(writer.submit(pair(1)))
    first[0].path.unlink()

    with pytest.raises(AuditDown):
        await writer.settled(writer.submit(pair(2)))
    second = await writer.settled(writer.submit(pair(3)))
    await writer.close()

    report = judged(files(tmp_path / "log"), keyed.public)
    assert second[0].origin != first[0].origin
    assert report.verdict is Verdict.INCOMPLETE
    assert "damaged" in report.findings[0].what


async def test_closing_writes_what_is_queued(keyed: World, tmp_path: Path) -> None:
    """Records queued before the end are stored, records after it are refused."""
    writer = _writer(keyed, tmp_path / "log")
    futures = [writer.submit(pair(n)).future for n in range(20)]

    await writer.close()

    assert all([await f for f in futures])
    with pytest.raises(AuditDown):
        _ = writer.submit(pair(21))
    report = judged(files(tmp_path / "log"), keyed.public)
    assert (report.verdict, report.records) == (Verdict.OK, 42)


async def test_work_for_a_lone_record_is_done_while_the_disk_is_asked(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It begins when the record is in the file, and before the disk has confirmed it."""
    writer = _writer(keyed, tmp_path / "log")
    _, before = await writer.settled(writer.submit(pair(0)))
    disk, sizes = HeldDisk(monkeypatch), list[int]()
    done = asyncio.Event()

    def work() -> None:
        sizes.append(writer.tally.batches)
        done.set()

    async with asyncio.timeout(20):
        await asyncio.to_thread(_at_rest, writer)
        job = writer.submit([intent(1)], meanwhile=work)
        at_once = done.is_set()
        await done.wait()
        there = (await asyncio.to_thread(before.path.read_bytes))[before.end :]
        waits = not job.future.done()
        disk.go.set()
        await writer.settled(job)
    await writer.close()

    assert (at_once, waits, sizes) == (False, True, [1])
    assert len(list(frames(there))) == 1


async def test_work_for_one_of_many_is_done_at_once(keyed: World, tmp_path: Path) -> None:
    """Where others are before it, the thread has enough to do: each is called once, then."""
    writer = _writer(keyed, tmp_path / "log", start=False)
    done: list[int] = []
    jobs = [writer.submit([intent(n)], meanwhile=partial(done.append, n)) for n in range(3)]
    at_once = list(done)

    writer.start()
    await asyncio.gather(*(writer.settled(job) for job in jobs))
    await writer.close()

    assert at_once == done == [0, 1, 2]


@pytest.mark.allow_blocking
async def test_a_thread_that_looked_too_early_is_woken_again(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is woken before there is anything to see, and may look and lie down again by then."""
    clock, loop = SystemClock(), asyncio.get_running_loop()
    limits = Limits(watch_s=60.0, checkpoint_s=60.0, epoch_s=600.0)
    writer = Writer(Ledger(tmp_path / "log", keyed.keys, clock, limits), clock, Bounds())
    writer.start()
    await writer.settled(writer.submit(pair(0)))
    await asyncio.to_thread(_at_rest, writer)
    real = loop.create_future

    def late() -> asyncio.Future[object]:
        _at_rest(writer)
        return real()

    monkeypatch.setattr(writer, "_loop", SlowLoop(loop, late))
    job = writer.submit(pair(1))
    monkeypatch.undo()
    await writer.settled(job)
    await writer.close()

    assert writer.tally.batches == 2


class SlowLoop:
    """An event loop on which it takes long to make a future."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, future: Callable[[], asyncio.Future[object]]
    ) -> None:
        self._loop = loop
        self.create_future = future

    def __getattr__(self, name: str) -> Any:
        """Else it is that one."""
        return getattr(self._loop, name)


async def test_no_work_is_done_for_what_is_not_written(keyed: World, tmp_path: Path) -> None:
    """If the file is not ours any more, nothing is made ready to leave."""
    writer = _writer(keyed, tmp_path / "log", Bounds(reopen_s=0.0))
    first = await writer.settled(writer.submit(pair(1)))
    done: list[int] = []
    await asyncio.to_thread(_at_rest, writer)
    first[0].path.unlink()

    with pytest.raises(AuditDown):
        await writer.settled(writer.submit([intent(2)], meanwhile=lambda: done.append(1)))
    await writer.close()

    assert done == []
