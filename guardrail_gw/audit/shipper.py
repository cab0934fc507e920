"""Brings a log to a collector, checkpoint after checkpoint, and knows how far it was acknowledged.

One task: it sends one parcel at a time, and while that is on its way the next gathers. It holds
places in files, no records. Where the collector stands the collector says, at each beginning and
whenever the two disagree; that a record is covered only its cosignature says.
"""

import asyncio
from bisect import bisect_right
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from guardrail_gw.audit.courier import (
    CollectorDownError,
    CollectorForkedError,
    CollectorRefusesError,
    Courier,
    OtherPlaceError,
)
from guardrail_gw.audit.note import Checkpoint, SignedCheckpoint
from guardrail_gw.audit.parcel import Parcel
from guardrail_gw.audit.record import RecordError
from guardrail_gw.audit.segments import first_of, segment_firsts
from guardrail_gw.audit.standing import origin_of
from guardrail_gw.audit.unsent import AheadError, Unsent
from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import AuditDown, CollectorDown, GuardrailError

_RETRY_S = 1.0
_IDLE_S = 5.0
"""How often a log is looked at that nobody says anything of."""
_EXPECTED = (CollectorDownError, CollectorRefusesError, RecordError, OSError)
log = structlog.get_logger()


class Chance(Protocol):
    """A source of chance; `random.Random` and `secrets.SystemRandom` are."""

    def uniform(self, a: float, b: float) -> float:
        """A number between `a` and `b`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long anything is waited for."""

    deadline_s: float = 2.0
    """A request whose policy asks for the collector is refused after it."""
    base_s: float = 0.2
    max_s: float = 10.0
    """After the n-th failure in a row the next try comes within `base_s` * 2^n, never later."""


@dataclass(slots=True, kw_only=True)
class Shipped:
    """What the metrics say; read at any time."""

    origin: str | None = None
    acknowledged: int = 0
    """Records of the present log that a cosignature covers, or that the collector says it has."""
    signed: int = 0
    """Records of it that a checkpoint covers."""
    since_us: int | None = None
    """When the oldest record was written that is not acknowledged; None: there is none."""
    problem: str | None = None
    forked: bool = False

    @property
    def behind(self) -> int:
        """Signed records that are not acknowledged."""
        return max(0, self.signed - self.acknowledged)


class Shipper:
    """One log's way to one collector."""

    def __init__(
        self, directory: Path, courier: Courier, clock: Clock, chance: Chance, pace: Pace
    ) -> None:
        """Nothing is asked before `start`."""
        self.tally = Shipped()
        self._directory = directory
        self._courier = courier
        self._clock = clock
        self._chance = chance
        self._pace = pace
        self._unsent = Unsent(directory)
        self._more = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[asyncio.Future[None], tuple[str, int]] = {}
        self._covered = ("", 0)
        """Of which log how many records a cosignature covers; what the collector only says does not
        count."""
        self._shown: Checkpoint | None = None
        """The last that was only compared."""
        self._failures = 0
        self._task: asyncio.Task[None] | None = None
        self._sending = asyncio.Lock()

    def signed(self, size: int) -> None:
        """A checkpoint of that size is in the log; any thread may say so."""
        self.tally.signed = size
        if self.tally.since_us is None:
            self.tally.since_us = self._clock.now_us()
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop has ended: nobody ships any more
                loop.call_soon_threadsafe(self._more.set)

    def has(self, segment: Path) -> bool:
        """Whether the collector has all of a segment, so that it may go; any thread may ask."""
        first = first_of(segment.name)
        if first is None or self.tally.origin is None:
            return False
        firsts = segment_firsts(self._directory)
        after = bisect_right(firsts, first)
        return after < len(firsts) and firsts[after] <= self.tally.acknowledged

    async def covers(self, origin: str, size: int) -> None:
        """Wait until the collector's cosignature covers the first `size` records of a log.

        Raises:
            CollectorDown: it does not, or not in time.
        """
        if origin == self._covered[0] and size <= self._covered[1]:
            return
        if self.tally.problem is not None:
            raise _down(self.tally.problem)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[future] = (origin, size)
        try:
            async with asyncio.timeout(self._pace.deadline_s):
                await future
        except TimeoutError:
            raise _down("it did not acknowledge a record in time") from None
        finally:
            self._waiting.pop(future, None)

    async def start(self) -> None:
        """Begin to ship; the collector need not be there."""
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._run(), name="audit-shipper")

    async def close(self, *, patience_s: float) -> None:
        """Ship what the ended log has left, for at most that long; the next start goes on."""
        task, self._task = self._task, None
        if task is not None:
            with suppress(TimeoutError, *_EXPECTED):
                async with asyncio.timeout(patience_s):
                    async with self._sending:  # what is on its way arrives
                        task.cancel()
                    await self._round()
            task.cancel()
            await asyncio.wait({task})
        await self._courier.close()

    async def _run(self) -> None:
        """Nothing that goes wrong outside ends it."""
        while True:
            self._more.clear()
            try:
                await self._round()
            except _EXPECTED as error:
                await self._failed(error)
            except Exception as error:  # noqa: BLE001 - shipping must not end unseen
                log.error("gateway.defect", exception=type(error).__name__)  # noqa: TRY400 - its text could hold anything
                await self._failed(GuardrailError("a defect in the gateway; its log names it"))
            else:
                self._recovered()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_IDLE_S):
                        await self._more.wait()

    async def _round(self) -> None:
        """Everything that is signed by now."""
        async with self._sending:
            await self._send()

    async def _send(self) -> None:
        origin = await asyncio.to_thread(origin_of, self._directory)
        if origin is None:
            return
        if origin != self.tally.origin:
            await self._begin(origin, await self._courier.standing(origin))
        while (parcel := await self._next(origin)) is not None:
            try:
                await self._courier.deliver(parcel)
            except OtherPlaceError as elsewhere:
                await self._begin(origin, elsewhere.size)
                continue
            self._unsent.sent()
            self._acknowledge(origin, parcel.last.checkpoint.size)

    async def _begin(self, origin: str, size: int) -> None:
        """Go on from where the collector stands; if it has more than we, have it compare."""
        tally = self.tally
        tally.origin, tally.acknowledged, tally.since_us = None, size, None
        try:
            await asyncio.to_thread(self._unsent.resume, size)
        except AheadError:
            await self._compare(size)
            raise
        tally.origin = origin

    async def _compare(self, size: int) -> None:
        """The collector has more: is it the same log? Raises CollectorForkedError if not."""
        newest = await asyncio.to_thread(self._unsent.newest)
        if newest is None or newest.checkpoint == self._shown:
            return
        await self._show(newest, size)

    async def _show(self, point: SignedCheckpoint, size: int) -> None:
        with suppress(OtherPlaceError):  # as it should be: it has more, and this is part of it
            await self._courier.deliver(Parcel(start=size, points=(point,)))
        self._shown = point.checkpoint

    async def _next(self, origin: str) -> Parcel | None:
        parcel = await asyncio.to_thread(self._unsent.parcel)
        if parcel is None:
            self.tally.since_us = None
            return None
        if parcel.last.checkpoint.origin != origin:
            self.tally.origin = None
            raise RecordError("another log was begun in the folder")
        self.tally.since_us = parcel.since_us
        self.tally.signed = max(self.tally.signed, parcel.last.checkpoint.size)
        return parcel

    def _acknowledge(self, origin: str, size: int) -> None:
        self._covered, self.tally.acknowledged = (origin, size), size
        if size >= self.tally.signed:
            self.tally.since_us = None
        self._recovered()
        for future, (of, wanted) in self._waiting.items():
            if of == origin and wanted <= size and not future.done():
                future.set_result(None)

    def _recovered(self) -> None:
        if self._failures:
            log.info("audit.collector_back")
        self._failures, self.tally.problem = 0, None

    async def _failed(self, error: Exception) -> None:
        """Tell whoever waits, and wait: longer each time, and never as long as others do."""
        problem = (error.strerror if isinstance(error, OSError) else None) or str(error)
        if self.tally.problem != problem:
            log.error("audit.collector_failed", problem=problem)
        self.tally.problem = problem
        self.tally.forked = isinstance(error, CollectorForkedError)
        self._failures += 1
        for future in self._waiting:
            if not future.done():
                future.set_exception(_down(problem))
        pace = self._pace
        ceiling = min(pace.max_s, pace.base_s * 2.0 ** min(self._failures, 20))
        await self._clock.sleep(self._chance.uniform(pace.base_s / 2, ceiling))


def _down(problem: str) -> AuditDown:
    return CollectorDown(f"the collector of the audit log: {problem}", retry_after_s=_RETRY_S)
