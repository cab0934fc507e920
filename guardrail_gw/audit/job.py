"""What is handed to the writer's thread: records that belong together, and who waits for them."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from guardrail_gw.audit.batch import Stored
from guardrail_gw.audit.down import LedgerDownError, LedgerFullError, LedgerReplacedError
from guardrail_gw.audit.record import Draft

_BATCH_GROUPS = 512
_BATCH_BYTES = 8 * 1024 * 1024


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    """Records that belong together, and who waits for them."""

    drafts: Sequence[Draft] = field(repr=False)
    future: asyncio.Future[list[Stored]] = field(repr=False)
    size: int
    due_s: float
    """When it is too late to wait for it, on the event loop's clock."""
    late: Callable[[list[Stored] | None], None] | None = None
    """Called if nobody waits any more: with the places, or None when nothing was written."""
    read_back: bool = False
    on_write: bool = False
    """Whether it is enough that the operating system has its records."""
    begins: bool = False
    """Whether it stands for something new, which a full disk turns away."""
    signs: bool = False
    """Whether a checkpoint has to cover it at once."""
    meanwhile: Callable[[], None] | None = None
    """What can be done on the event loop while the disk is asked; once."""
    fault: Exception | None = None
    """What that raised; its records are written all the same, which `late` is told."""
    overdue: bool = False
    """It was not confirmed in time; what becomes of it `late` is told."""

    @property
    def confirmed(self) -> bool:
        """Whether its records are as safe as was asked, and this is known."""
        future = self.future
        return future.done() and not future.cancelled() and future.exception() is None

    @property
    def failed(self) -> bool:
        """Whether its records are known not to be written, and `late` was not told."""
        future = self.future
        return future.done() and not future.cancelled() and future.exception() is not None

    def do_meanwhile(self) -> None:
        """Do what waits to be done; whoever waits for the job is told if it fails."""
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is None or self.future.done():
            return
        try:
            meanwhile()
        except Exception as error:  # noqa: BLE001 - it is raised where the job is waited for
            self.fault = error
            self.future.cancel()


@dataclass(slots=True)
class Together:
    """Jobs that share a sync."""

    jobs: list[Job]
    told: int = 0
    """How many of them were told before it."""
    until_s: float = 0.0
    """When the disk is asked at the latest, once all that wait for it were told; 0: not yet."""

    def again(self, cause: LedgerDownError) -> list[Job]:
        """What gets a second try.

        What runs, if the disk is full: it gets the room of the ballast. Else what was told already:
        it would not be lost, had nobody come to share its sync. Nothing if the log is another now.
        """
        if isinstance(cause, LedgerFullError):
            return [job for job in self.jobs if not job.begins]
        return [] if isinstance(cause, LedgerReplacedError) else self.jobs[: self.told]

    @property
    def is_full(self) -> bool:
        """Whether no more may join."""
        return len(self.jobs) >= _BATCH_GROUPS or sum(job.size for job in self.jobs) >= _BATCH_BYTES


def size_of(drafts: Sequence[Draft]) -> int:
    """Bytes to be sealed."""
    size = 0
    for draft in drafts:
        size += len(draft.sealed or b"")
        if draft.content is not None:
            size += len(draft.content.data)
    return size


def taken(handed: deque[Job]) -> list[Job]:
    """Take from the front what one write may hold: at least one job, if there is any."""
    jobs: list[Job] = []
    size = 0
    while handed and len(jobs) < _BATCH_GROUPS and size < _BATCH_BYTES:
        jobs.append(handed.popleft())
        size += jobs[-1].size
    return jobs
