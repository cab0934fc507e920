"""The one thread that writes: it takes whatever is queued, and the disk's pace makes the batches.

Whoever submits wakes the thread if it sleeps, and goes on while it wakes up: what is submitted in
one turn of the event loop is taken together. Records for whose sync nobody waits are told once they
are written, and share the sync of what comes next, if it comes soon (docs/adr/0039): a client that
asks one thing after another waits for one sync each time, and not for that of the answer before.
What is queued is bounded in number and in bytes and is never dropped: it is written, or whoever
waits for it is told that it was not.
"""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from guardrail_gw.audit.batch import Groups, Places, Stored
from guardrail_gw.audit.bell import Bell
from guardrail_gw.audit.down import LedgerDownError, LedgerFullError
from guardrail_gw.audit.job import Job, Together, size_of, taken
from guardrail_gw.audit.ledger import Ledger
from guardrail_gw.audit.record import Draft
from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import AuditDown, AuditFull

MAX_RECORD = 32 * 1024 * 1024
"""Bytes of metadata and content of one group of records."""
_RETRY_S = 1.0
_FULL_RETRY_S = 30.0
_REOPEN_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much may wait, and how long."""

    groups: int = 4096
    queued_bytes: int = 128 * 1024 * 1024
    deadline_s: float = 2.0
    reopen_s: float = 1.0
    """At most one try to open a closed ledger in this time, asked for or not."""
    share_s: float = 0.005
    """How long what is written may wait for others to share its sync, if nobody waits for it."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts for the metrics; read at any time."""

    records: int = 0
    batches: int = 0
    failures: int = 0
    unrecorded: int = 0
    """Records that should be in the log and are not. Must stay 0."""
    problem: str | None = None
    """Why the log cannot be written now; None when it can."""


class Writer:
    """Puts groups of records on disk, in the order in which they are submitted."""

    def __init__(self, ledger: Ledger, clock: Clock, bounds: Bounds) -> None:
        """Call `start` next, inside the event loop or before it."""
        self.tally = Tally()
        self.keepers = ledger.keepers
        self._ledger = ledger
        self._clock = clock
        self._bounds = bounds
        self._handed: deque[Job] = deque()
        """The loop appends, the thread takes."""
        self._asleep = False
        """Whether the thread waits, or is about to look once more before it does."""
        self._wakes: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._said: deque[tuple[list[Job], Places | LedgerDownError | None]] = deque()
        """The thread appends, the loop takes. Without places: they are written, no more."""
        self._bell = Bell(self._hear)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[Job, None] = {}
        self._waiting_bytes = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._closing = False
        self._opened_s = float("-inf")
        self._has_made_room = False
        """The disk was full, the ballast went, and the log has not been opened since."""
        self._thread = threading.Thread(target=self._run, name="audit-writer", daemon=True)

    @property
    def signed_ago_s(self) -> float | None:
        """Seconds since the last checkpoint; None: there is none yet."""
        signed_s = self._ledger.signed_s
        return None if signed_s is None else max(0.0, self._clock.monotonic_s() - signed_s)

    def start(self) -> None:
        """Begin; opening the log happens on the thread, so a broken disk does not stop a start."""
        self._thread.start()

    def submit(  # noqa: PLR0913 - drafts, and wishes that are each for itself
        self,
        drafts: Sequence[Draft],
        *,
        late: Callable[[list[Stored] | None], None] | None = None,
        read_back: bool = False,
        on_write: bool = False,
        begins: bool = False,
        signs: bool = False,
        meanwhile: Callable[[], None] | None = None,
    ) -> Job:
        """Queue records; from here on they will be written, whether or not anyone waits.

        Args:
            drafts: written together or not at all.
            late: told the result if nobody waits for it any more; told None also when the disk
                then does not confirm what `on_write` let pass.
            read_back: confirm from the file what was written before saying so.
            on_write: need not wait for the disk: a killed process loses the records no more, a
                power cut may. The disk is asked at once all the same.
            begins: it is turned away when the disk is nearly full, so that what runs can end.
            signs: a checkpoint covers it at once, for somebody waits for the collector.
            meanwhile: called once, while the disk is asked, or at once if others are before it;
                perhaps not at all when nothing is written. `settled` raises what it raises.

        Raises:
            AuditDown: the queue is full, the log is closing, or the records are too large.
            AuditFull: the disk is nearly full, and this would begin something new.
        """
        if begins and self.keepers.full:
            raise AuditFull("the disk of the audit log is full", retry_after_s=_FULL_RETRY_S)
        size = size_of(drafts)
        self._admit(size)
        if is_idle := self._asleep:
            self._wake()  # which takes as long as what is done here
        if (loop := self._loop) is None:
            loop = self._loop = asyncio.get_running_loop()
            self._bell.listen(loop)
        job = Job(
            drafts=drafts,
            future=loop.create_future(),
            size=size,
            due_s=loop.time() + self._bounds.deadline_s,
            late=late,
            read_back=read_back,
            on_write=on_write,
            begins=begins,
            signs=signs,
            meanwhile=meanwhile,
        )
        self._waiting[job] = None
        self._waiting_bytes += size
        if self._alarm is None:
            self._alarm = loop.call_at(job.due_s, self._expire)
        alone = is_idle and not self._handed
        self._handed.append(job)
        if self._asleep:  # it looked before there was anything to see
            self._wake()
        if not alone:  # the thread has enough to do, and the disk is being asked for others
            job.do_meanwhile()
        return job

    async def settled(self, job: Job) -> list[Stored]:
        """Wait until submitted records are durable; with `on_write`, until they are written.

        Raises:
            AuditDown: they are not, or not in time.
        """
        try:
            return await job.future
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            if job.fault is not None:
                raise job.fault from None
            if not job.overdue:
                raise
            raise AuditDown(
                "the audit log did not confirm a record in time", retry_after_s=_RETRY_S
            ) from None

    async def close(self) -> None:
        """Write what is queued, end the log in order, and stop the thread."""
        self._closing = True
        if self._thread.is_alive():
            self._wake()
            await asyncio.to_thread(self._thread.join)
        self._hear()
        self._bell.close()

    def _wake(self) -> None:
        self._asleep = False
        self._wakes.put(None)

    def _admit(self, size: int) -> None:
        if self._closing:
            raise AuditDown("the audit log is closing", retry_after_s=_RETRY_S)
        if size > MAX_RECORD:
            raise AuditDown("a record is too large for the audit log")
        full = len(self._waiting) >= self._bounds.groups
        if full or self._waiting_bytes + size > self._bounds.queued_bytes:
            raise AuditDown("too many records wait for the audit log", retry_after_s=_RETRY_S)

    # Below: on the writer's thread.

    def _run(self) -> None:
        open_for_more = True
        self._try_open()
        while open_for_more:
            jobs, open_for_more = self._take()
            if jobs:
                self._put(jobs)
            if self._due_s() <= 0:
                self._tend()
        try:
            self._ledger.close()
        except LedgerDownError as down:
            self.tally.problem = str(down)

    def _put(self, jobs: list[Job]) -> None:
        """Write them; if that fails, once more in a new segment what must not be lost."""
        if self._has_made_room and not all(job.begins for job in jobs):
            self._opened_s = float("-inf")  # the ballast's room is theirs, and they cannot wait
        batch = Together(jobs)
        result = self._stored(batch)
        if isinstance(result, LedgerDownError) and (again := batch.again(result)):
            kept = set(again)
            self._tell([job for job in batch.jobs if job not in kept], result)
            self._opened_s = float("-inf")
            batch = Together(again)
            result = self._stored(batch)
        if isinstance(result, LedgerDownError):
            self._tell(batch.jobs, result)
            return
        if any(job.signs for job in batch.jobs):
            self._sign()
        # Whoever is told wants the interpreter at once: nothing is done between this and
        # the next wait, unless a checkpoint or a heartbeat is due.
        if waiting := batch.jobs[batch.told : len(result)]:
            self._tell(waiting, result[batch.told :])
        if left := batch.jobs[len(result) :]:  # one of them cannot be sealed
            self._put(left)

    def _due_s(self) -> float:
        """Seconds until there is something to do; a closed ledger is tried again unasked."""
        if self._ledger.is_open:
            return self._ledger.due_s()
        pause = max(self._bounds.reopen_s, _REOPEN_PAUSE_S)
        return self._opened_s + pause - self._clock.monotonic_s()

    def _take(self) -> tuple[list[Job], bool]:
        """Whatever is handed over, and whether more may come; waits until something is due."""
        handed = self._handed
        while not (handed or self._closing) and (left := self._due_s()) > 0:
            self._sleep(left)
        closing = self._closing  # first: nothing is handed over after it
        return taken(handed), not closing or bool(handed)

    def _sleep(self, seconds: float) -> None:
        """Until somebody wakes the thread, or it is time; a wake too many does no harm."""
        self._asleep = True
        if not (self._handed or self._closing):  # neither came before it could be seen asleep
            with suppress(queue.Empty):
                self._wakes.get(timeout=seconds)
        self._asleep = False

    def _stored(self, batch: Together) -> Places | LedgerDownError:
        """The places of their records and of those that join them, or why they have none."""
        try:
            if not self._ledger.is_open:
                self._open()
            groups = [job.drafts for job in batch.jobs]
            result = self._ledger.append(groups, partial(self._joined, batch))
            for job, stored in zip(batch.jobs, result, strict=False):
                if job.read_back and not all(self._ledger.confirmed(s) for s in stored):
                    stored.clear()
        except LedgerDownError as down:
            self.tally.failures += 1
            self.tally.problem = str(down)
            self._has_made_room |= isinstance(down, LedgerFullError)
            return down
        self.tally.batches += 1
        self.tally.records += sum(len(stored) for stored in result)
        return result

    def _joined(self, batch: Together, places: Places) -> Groups:
        """Who comes to share a sync for which nobody waits yet; who waits for no sync is told."""
        jobs = batch.jobs
        written = jobs[batch.told :]
        # One wake-up for all: in a batch with an intent the outcomes wait for its sync.
        if not all(job.on_write for job in written):
            if any(job.meanwhile for job in written):
                self._tell(written, None)
            return ()
        self._tell(written, places)
        batch.told = len(jobs)
        now_s = self._clock.monotonic_s()
        until_s = batch.until_s = batch.until_s or now_s + self._bounds.share_s
        if batch.is_full or now_s >= until_s:  # whoever is there already gets the next sync
            return ()
        while not (self._handed or self._closing) and now_s < until_s:
            self._sleep(until_s - now_s)
            now_s = self._clock.monotonic_s()
        joined = taken(self._handed)
        jobs += joined
        return [job.drafts for job in joined]

    def _tend(self) -> None:
        try:
            if self._ledger.is_open:
                self._ledger.tend()
            else:
                self._open()
        except LedgerDownError as down:
            self.tally.failures += 1
            self.tally.problem = str(down)

    def _sign(self) -> None:
        """What was written is durable; whether it can be signed decides about the next."""
        try:
            self._ledger.sign()
        except LedgerDownError as down:
            self.tally.failures += 1
            self.tally.problem = str(down)

    def _try_open(self) -> None:
        try:
            self._open()
        except LedgerDownError as down:
            self.tally.problem = str(down)

    def _open(self) -> None:
        at = self._clock.monotonic_s()
        if at - self._opened_s < self._bounds.reopen_s:
            raise LedgerDownError(self.tally.problem or "the audit log was closed a moment ago")
        self._opened_s = at
        self._ledger.open()
        self._has_made_room = False
        self.tally.problem = None

    def _tell(self, jobs: list[Job], result: Places | LedgerDownError | None) -> None:
        self._said.append((jobs, result))
        self._bell.ring()

    # Below: on the event loop.

    def _hear(self) -> None:
        """What the thread has said since."""
        while self._said:
            jobs, result = self._said.popleft()
            if result is not None:
                self._settle(jobs, result)
                continue
            for job in jobs:
                job.do_meanwhile()

    def _expire(self) -> None:
        """Give up on what is overdue. One timer serves all jobs: they are due in their order."""
        self._alarm = None
        loop = asyncio.get_running_loop()
        for job in self._waiting:
            if job.due_s > loop.time():
                self._alarm = loop.call_at(job.due_s, self._expire)
                break
            job.overdue = True
            job.future.cancel()

    def _settle(self, jobs: list[Job], result: Places | LedgerDownError) -> None:
        for place, job in enumerate(jobs):
            if job in self._waiting:  # or it was told once it was written, and now the disk fails
                del self._waiting[job]
                self._waiting_bytes -= job.size
            if isinstance(result, LedgerDownError):
                self._fail(job, result)
            elif not job.future.done():
                job.future.set_result(result[place])
            elif job.late is not None:
                job.late(result[place])

    def _fail(self, job: Job, cause: LedgerDownError) -> None:
        if not job.future.done():
            refused = cause.refusal(
                f"the audit log cannot be written: {cause}", retry_after_s=_RETRY_S
            )
            job.future.set_exception(refused)
        elif job.late is not None:
            job.late(None)
