"""What a ledger writes to now: one epoch, one segment."""

from concurrent.futures import Future
from dataclasses import dataclass

from guardrail_gw.audit.batch import Batch
from guardrail_gw.audit.frame import leaves
from guardrail_gw.audit.note import Checkpoint
from guardrail_gw.audit.seal import Epoch
from guardrail_gw.audit.segments import AppendFile, PoisonedError, Span
from guardrail_gw.audit.tree import CompactRange, leaf_hash


@dataclass(slots=True, kw_only=True)
class Current:
    """A ledger that can write: one epoch, one segment."""

    origin: str
    epoch: Epoch
    segment: AppendFile
    points: AppendFile
    tree: CompactRange
    """Over every durable record."""
    signed: CompactRange
    """Over the records that a checkpoint covers."""
    end: int
    """Bytes of the segment that are durable."""
    earlier: tuple[Span, ...]
    """What no checkpoint covers of the segments before."""
    since_s: float
    signed_s: float
    written_s: float
    watched_s: float
    records: int = 0
    covered: int = 0
    """Bytes of the segment that a checkpoint covers."""
    naming: Future[None] | None = None
    """The segment's name on its way to the disk; nothing is written or signed before."""

    @property
    def is_covered(self) -> bool:
        """Whether a checkpoint covers every durable record."""
        return self.signed.size == self.tree.size

    @property
    def unsigned(self) -> tuple[Span, ...]:
        """Where the records lie that no checkpoint covers."""
        return (*self.earlier, Span(path=self.segment.path, start=self.covered, end=self.end))

    def batch(self, now_us: int) -> Batch:
        """Records that follow the last durable one."""
        return Batch(
            epoch=self.epoch,
            tree=self.tree.copy(),
            path=self.segment.path,
            start=self.end,
            now_us=now_us,
        )

    def confirmed(self, batch: Batch, at_s: float) -> None:
        """The disk has what a batch wrote."""
        self.written_s = at_s
        if self.is_covered:
            self.signed_s = at_s
        self.records += batch.tree.size - self.tree.size
        self.tree, self.end = batch.tree, self.segment.size

    def cover(self, at_s: float) -> None:
        """A checkpoint is over all of it."""
        self.earlier, self.covered, self.signed_s = (), self.end, at_s


def reread(now: Current) -> Checkpoint:
    """Read back what was acknowledged, and what it comes to.

    Raises:
        OSError: it cannot be read.
        RecordError, PoisonedError: it is not what was written.
    """
    for span in now.unsigned:
        for leaf in leaves(span.read()):
            now.signed.append(leaf_hash(leaf))
    root = now.tree.root()
    if now.signed.size != now.tree.size or now.signed.root() != root:
        raise PoisonedError("the segment does not give back what was written")
    return Checkpoint(origin=now.origin, size=now.tree.size, root=root)
