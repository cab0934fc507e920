"""The shipper, with a log that a real ledger writes and a collector that does as it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from guardrail_gw.audit.courier import (
    CollectorDownError,
    CollectorForkedError,
    OtherPlaceError,
)
from guardrail_gw.audit.keepers import Keepers
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.parcel import Parcel
from guardrail_gw.audit.segments import quarantine, segment_firsts, segment_name
from guardrail_gw.audit.shipper import Pace, Shipper
from guardrail_gw.audit.standing import origin_of
from guardrail_gw.errors import CollectorDown
from tests.support.audit_world import SteadyClock, World, pair

PACE = Pace(deadline_s=0.3, base_s=1.0, max_s=4.0)


@dataclass(slots=True)
class Collecting:
    """In the place of a courier: remembers what it acknowledged, and fails when told to."""

    begins: int = 0
    """How many records it has of a log that it never saw: a lie, or somebody else sent them."""
    fails: Exception | None = None
    claims: int | None = None
    """What it says it has, true or not."""
    lost: int = 0
    """How many answers are lost on their way."""
    sizes: dict[str, int] = field(default_factory=dict)
    """Log -> records that it has."""
    log: str = ""
    """That it was asked about last."""
    sent: list[Parcel] = field(default_factory=list)
    asked: int = 0
    closed: bool = False

    @property
    def size(self) -> int:
        """Of the log that it was asked about last."""
        return self.sizes.get(self.log, self.begins)

    @size.setter
    def size(self, size: int) -> None:
        self.sizes[self.log] = size

    async def standing(self, origin: str) -> int:
        self.asked += 1
        if self.fails is not None:
            raise self.fails
        self.log = origin
        return self.size if self.claims is None else self.claims

    async def deliver(self, parcel: Parcel) -> None:
        self.sent.append(parcel)
        if self.fails is not None:
            raise self.fails
        self.log = parcel.last.checkpoint.origin
        if parcel.start != self.size or not parcel.spans:
            raise OtherPlaceError(self.size)
        self.size = parcel.last.checkpoint.size
        if self.lost:
            self.lost -= 1
            raise CollectorDownError("the answer was lost")

    async def close(self) -> None:
        self.closed = True


class Waits(SteadyClock):
    """A clock that says how long was waited for, and lets a test go on when it wants."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float] = []
        self.patient = False

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        await asyncio.sleep(600 if self.patient else 0.005)


class Highest:
    """Chance at its worst."""

    def uniform(self, a: float, b: float) -> float:
        assert a <= b
        return b


@dataclass(slots=True, kw_only=True)
class Here:
    """A log that is written and shipped."""

    ledger: Ledger
    opened: Callable[[], Ledger]
    """Opens another, as the next process does."""
    collector: Collecting
    shipper: Shipper
    clock: Waits
    log: Path

    async def write(self, pairs: int = 1) -> int:
        """Write and sign; returns the size."""

        def written() -> int:
            self.ledger.append([pair(number) for number in range(pairs)])
            self.ledger.sign()
            return self.ledger.size

        return await asyncio.to_thread(written)

    async def origin(self) -> str:
        return await asyncio.to_thread(origin_of, self.log) or ""


@asynccontextmanager
async def shipping(
    made: World, home: Path, collector: Collecting | None = None
) -> AsyncIterator[Here]:
    """A ledger, and a shipper that is told of its checkpoints."""
    clock, found = Waits(), collector or Collecting()
    shipper = Shipper(home / "log", found, clock, Highest(), PACE)

    def opened() -> Ledger:
        keepers = Keepers(signed=shipper.signed)
        ledger = replace(made, home=home).ledger(clock, Limits(epoch_records=30), keepers)
        ledger.open()
        return ledger

    ledger = await asyncio.to_thread(opened)
    await shipper.start()
    here = Here(
        ledger=ledger,
        opened=opened,
        collector=found,
        shipper=shipper,
        clock=clock,
        log=home / "log",
    )
    try:
        yield here
    finally:
        await asyncio.to_thread(here.ledger.close)
        await shipper.close(patience_s=5)


async def until(condition: Callable[[], bool]) -> None:
    """Let others work until something is so."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - it is seen from outside only
            await asyncio.sleep(0.002)


async def test_what_is_signed_is_shipped_and_waiters_are_told(keyed: World, tmp_path: Path) -> None:
    """Whoever waits for a record goes on when a cosignature covers it, and not before."""
    async with shipping(keyed, tmp_path) as here:
        size = await here.write(3)
        origin = await here.origin()
        await until(lambda: here.shipper.tally.acknowledged == size)
        await here.shipper.covers(origin, size)
        with pytest.raises(CollectorDown, match="in time"):
            await here.shipper.covers(origin, size + 1)
        waiting = asyncio.gather(*(here.shipper.covers(origin, size + n) for n in (1, 2)))
        await here.write(1)
        await waiting
        tally = here.shipper.tally
        assert (tally.behind, tally.since_us, tally.problem) == (0, None, None)

    assert here.collector.size > size + 2  # the shutdown record came, too
    assert here.collector.closed


@pytest.mark.parametrize("claims", [None, 10_000])
async def test_what_a_collector_only_says_covers_nothing(
    keyed: World, tmp_path: Path, claims: int | None
) -> None:
    """A collector that claims to have what it was not sent, or more, lets no request pass."""
    away = Collecting(fails=CollectorDownError("away"))
    async with shipping(keyed, tmp_path, away) as here:
        size = await here.write()
        origin = await here.origin()
        away.claims, away.fails = claims or size, None
        asked = away.asked
        await until(lambda: away.asked > asked + (claims is not None))
        await until(lambda: claims is not None or here.shipper.tally.problem is None)
        with pytest.raises(CollectorDown):
            await here.shipper.covers(origin, size)


async def test_another_logs_record_is_not_covered(keyed: World, tmp_path: Path) -> None:
    """An acknowledgement of one log lets nobody pass who waits for a record of another."""
    async with shipping(keyed, tmp_path) as here:
        size = await here.write()
        await until(lambda: here.shipper.tally.acknowledged == size)
        waiting = asyncio.ensure_future(here.shipper.covers("log.example/another", 1))
        await asyncio.sleep(0)
        after = await here.write()
        await until(lambda: here.shipper.tally.acknowledged == after)

        with pytest.raises(CollectorDown, match="in time"):
            await waiting


async def test_a_stop_ships_what_is_left(keyed: World, tmp_path: Path) -> None:
    """Told to stop between two tries, it tries once more: the last records are brought."""
    away = Collecting(fails=CollectorDownError("away"))
    async with shipping(keyed, tmp_path, away) as here:
        here.clock.patient = True
        await here.write()
        await until(lambda: bool(here.clock.waited))
        away.fails = None

    assert away.size == here.shipper.tally.signed > 0


async def test_a_failure_is_told_at_once_and_waits_grow(keyed: World, tmp_path: Path) -> None:
    """Whoever waits is refused, later ones immediately; tries come at growing, bounded times."""
    collector = Collecting(fails=CollectorDownError("the collector cannot be reached"))
    async with shipping(keyed, tmp_path, collector) as here:
        size = await here.write()
        await until(lambda: len(here.clock.waited) > 4)
        with pytest.raises(CollectorDown, match="cannot be reached") as told:
            await here.shipper.covers("log", size)
        behind, since_us = here.shipper.tally.behind, here.shipper.tally.since_us
        collector.fails = None
        await until(lambda: here.shipper.tally.problem is None)
        await until(lambda: here.collector.size == size)

    assert told.value.code == "audit.collector_unavailable"
    assert here.clock.waited[:4] == [2.0, 4.0, 4.0, 4.0]
    assert (behind, since_us) == (size, here.clock.at_us)


async def test_a_defect_is_seen_and_shipping_goes_on(keyed: World, tmp_path: Path) -> None:
    """What nobody foresaw is a problem like any other, without its text, and is tried again."""
    async with shipping(keyed, tmp_path, Collecting(fails=KeyError("a secret"))) as here:
        size = await here.write()
        await until(lambda: here.shipper.tally.problem is not None)
        with pytest.raises(CollectorDown) as told:
            await here.shipper.covers(await here.origin(), size)
        here.collector.fails = None
        await until(lambda: here.collector.size == size)

    assert "secret" not in str(told.value)


async def test_it_goes_on_where_the_collector_stands(keyed: World, tmp_path: Path) -> None:
    """A collector that lost what it had, or has it from before, is sent what it lacks."""
    async with shipping(keyed, tmp_path) as here:
        size = await here.write(4)
        await until(lambda: here.collector.size == size)
        here.collector.size = 0  # an older backup was restored
        after = await here.write()
        await until(lambda: here.collector.size == after)
        starts = [parcel.start for parcel in here.collector.sent]

    assert starts[:3] == [0, size, 0]
    again = Collecting(begins=after)
    async with shipping(keyed, tmp_path, again) as here:
        later = await here.write()
        await until(lambda: again.size == later)

    assert again.sent[0].start == after


async def test_a_lost_answer_is_asked_for_again(keyed: World, tmp_path: Path) -> None:
    """When an answer is lost, the next checkpoint covers what was on its way."""
    async with shipping(keyed, tmp_path, Collecting(lost=1)) as here:
        size = await here.write()
        origin = await here.origin()
        await until(lambda: here.collector.size == size)
        await until(lambda: here.shipper.tally.problem is None)
        after = await here.write()
        await until(lambda: here.shipper.tally.acknowledged == after)
        await here.shipper.covers(origin, size)


def gone(shipper: Shipper, log: Path) -> list[bool]:
    """Which segments may go, as the archive's thread asks."""
    return [shipper.has(log / segment_name(first)) for first in segment_firsts(log)]


async def test_what_the_collector_lacks_stays(keyed: World, tmp_path: Path) -> None:
    """An old segment may leave the folder when the collector has all of it, the open one never."""
    async with shipping(keyed, tmp_path, Collecting(fails=CollectorDownError("away"))) as here:
        await here.write(20)
        await asyncio.to_thread(here.ledger.tend)  # the epoch is full
        await here.write()
        before = await asyncio.to_thread(gone, here.shipper, tmp_path / "log")
        here.collector.fails = None
        await until(lambda: here.collector.size == here.ledger.size)
        await until(lambda: not here.shipper.tally.behind)
        after = await asyncio.to_thread(gone, here.shipper, tmp_path / "log")

    assert before == [False, False]
    assert after == [True, False]


async def test_a_fork_is_shown(keyed: World, tmp_path: Path) -> None:
    """A collector that holds another past stops nothing but what waits for it, and is seen."""
    async with shipping(keyed, tmp_path) as here:
        size = await here.write()
        origin = await here.origin()
        await until(lambda: here.collector.size == size)
        here.collector.fails = CollectorForkedError("the collector holds another past of this log")
        after = await here.write()
        await until(lambda: here.shipper.tally.forked)
        with pytest.raises(CollectorDown, match="another past"):
            await here.shipper.covers(origin, after)


async def test_a_shorter_log_shows_what_it_signed(keyed: World, tmp_path: Path) -> None:
    """Put back to an earlier state, the newest checkpoint is sent to be compared, once each."""
    async with shipping(keyed, tmp_path, Collecting(begins=1000)) as here:
        await here.write()
        await until(lambda: len(here.clock.waited) > 3)
        shown = [parcel.last.checkpoint.size for parcel in here.collector.sent]
        size = await here.write()
        await until(lambda: here.collector.sent[-1].last.checkpoint.size == size)

    assert len(shown) == len(set(shown))
    assert all(not parcel.spans for parcel in here.collector.sent[:2])


async def test_a_new_log_begins_anew(keyed: World, tmp_path: Path) -> None:
    """When the folder's log was set aside, the next one is shipped from its beginning."""
    async with shipping(keyed, tmp_path) as here:
        size = await here.write()
        await until(lambda: here.collector.size == size)
        former = await here.origin()

        def replaced() -> None:
            here.ledger.close()
            quarantine(tmp_path / "log")
            here.ledger = here.opened()

        await asyncio.to_thread(replaced)
        after = await here.write(3)
        await until(lambda: here.collector.size == after)
        assert here.shipper.tally.origin == await here.origin() != former
        with pytest.raises(CollectorDown):
            await here.shipper.covers(former, 1)


async def test_nothing_waits_for_ever(keyed: World, tmp_path: Path) -> None:
    """Whoever gives up leaves nothing behind, and a stop ends it all."""
    async with shipping(keyed, tmp_path) as here:
        size = await here.write()
        origin = await here.origin()
        await until(lambda: here.collector.size == size)
        waiting = [asyncio.ensure_future(here.shipper.covers(origin, size + 5)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        told = await asyncio.gather(*waiting, return_exceptions=True)
        left = len(here.shipper._waiting)  # noqa: SLF001 - memory is what the test is about

    assert [type(each) for each in told] == [asyncio.CancelledError, CollectorDown, CollectorDown]
    assert left == 0
