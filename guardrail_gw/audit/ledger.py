"""The log on disk, single-threaded: records in, durable places out.

Which call makes what durable: `open` returns after the epoch record is in a named file of a synced
folder; `append` after `fdatasync` of the segment. Checkpoints cover what is durable already: their
file is synced once a second and when it ends, and a killed process loses none of them.
Any failure leaves the ledger closed: the segment is never written or synced again, and the next
`open` begins a new one after the last record that was confirmed.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import structlog

from guardrail_gw.audit.batch import Batch, Groups, Places, Stored, epoch_leaf
from guardrail_gw.audit.current import Current, reread
from guardrail_gw.audit.down import LedgerDownError, LedgerFullError, LedgerReplacedError, down
from guardrail_gw.audit.frame import frames
from guardrail_gw.audit.keepers import Keepers
from guardrail_gw.audit.note import sign
from guardrail_gw.audit.record import Draft, Kind, RecordError
from guardrail_gw.audit.recovery import Cut, NotContinuableError, Resumption, fresh, resume
from guardrail_gw.audit.seal import open_epoch
from guardrail_gw.audit.segments import (
    AppendFile,
    Lock,
    PoisonedError,
    Span,
    cut,
    first_of,
    make_folder,
    new_checkpoints,
    new_segment,
    quarantine,
    segment_name,
    sync,
    sync_directory,
)
from guardrail_gw.audit.tree import leaf_hash
from guardrail_gw.core.ports import Clock
from guardrail_gw.keys.audit_keys import AuditKeys

_NOTHING = sha256().hexdigest()
log = structlog.get_logger()

_NO_KEEPERS = Keepers()


def _nothing_more(_: Places) -> Groups:
    """Ask the disk at once."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When an epoch and its segment end, and when what is written gets signed."""

    epoch_records: int = 10_000
    epoch_s: float = 600.0
    segment_bytes: int = 256 * 1024 * 1024
    checkpoint_records: int = 256
    checkpoint_s: float = 1.0
    heartbeat_s: float = 60.0
    watch_s: float = 1.0
    """How often an idle log looks whether its files are still there, and at its disk."""


class Ledger:
    """One log in one folder."""

    def __init__(
        self,
        directory: Path,
        keys: AuditKeys,
        clock: Clock,
        limits: Limits,
        keepers: Keepers = _NO_KEEPERS,
    ) -> None:
        """Nothing is touched before `open`."""
        self.keepers = keepers
        self.directory = directory
        self._keys = keys
        self._clock = clock
        self._limits = limits
        self._lock: Lock | None = None
        self._run: int | None = None
        self._cut: Cut | None = None
        self._now: Current | None = None
        self.signed_s: float | None = None
        """When the last checkpoint was made, in seconds that never go back."""
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="audit-sync")
        """Asks the disk while the next epoch's keys and records are made."""

    @property
    def is_open(self) -> bool:
        """Whether records can be appended."""
        return self._now is not None

    @property
    def size(self) -> int:
        """How many records are durable; 0 while closed."""
        return self._now.tree.size if self._now else 0

    def open(self) -> None:
        """Take the lock, find the end of the log, and begin an epoch there.

        Raises:
            LedgerDownError: another process writes, or the disk refuses; try again later.
        """
        try:
            make_folder(self.directory)
            if self._lock is None:
                self._lock = Lock(self.directory)
            if not self.keepers.full:  # else what runs needs the room first
                self.keepers.look()
            state = self._found()
            if self._run is None:
                self._run = state.run
                for span in state.unsigned:  # a killed process may not have waited for the disk
                    sync(span.path)
            state = replace(state, run=self._run)
            self.keepers.enter(self.directory, state.origin, self._clock.now_us())
            self._now = self._begun(state)
            self._cut = None
        except (OSError, RecordError) as error:
            raise self._down(error) from None
        if (
            self.keepers.registry is not None
        ):  # whoever runs on a copy is told before the first intent
            self._checkpoint(self._now)

    def append(self, groups: Groups, more: Callable[[Places], Groups] = _nothing_more) -> Places:
        """Write all records at once and wait for the disk.

        Args:
            groups: records that belong together.
            more: told the places before the wait, when the operating system has the records; what
                it gives is written, too, and shares the wait. Nothing: the disk is asked.

        Returns:
            The places, in order. Fewer than groups if one that `more` gave cannot be sealed: it and
            those that came with it are not written, and the ledger is closed behind the others.

        Raises:
            LedgerDownError: none of them counts as written, whatever `more` was told.
        """
        now = self._writable()
        batch, stored = now.batch(self._clock.now_us()), Places()
        while groups:
            try:
                added = [batch.add_group(group) for group in groups]
            except RecordError as error:  # keys were taken for records that will not exist
                if stored:
                    self._sync(now, batch)
                self._give_up(now, "batch")
                if stored:
                    return stored
                raise LedgerDownError(str(error)) from None
            self._write(now, batch)
            stored += added
            if groups := more(added):
                batch.go_on(self._clock.now_us())
        self._sync(now, batch)
        return stored

    def confirmed(self, stored: Stored) -> bool:
        """Whether the record is in the file under its name, read anew, with its leaf hash."""
        try:
            data = Span(path=stored.path, start=stored.start, end=stored.end).read()
            return [leaf_hash(f.leaf) for f in frames(data)] == [stored.leaf_hash]
        except (OSError, RecordError):
            return False

    def due_s(self) -> float:
        """Seconds until `tend` has something to do; 0 or less means now."""
        now = self._now
        if now is None:
            return self._limits.heartbeat_s
        limits, at = self._limits, self._clock.monotonic_s()
        if now.tree.size - now.signed.size >= limits.checkpoint_records or self._is_full(now):
            return 0.0
        ends = min(now.written_s + limits.heartbeat_s, now.watched_s + limits.watch_s)
        if not now.is_covered:
            ends = min(ends, now.signed_s + limits.checkpoint_s)
        if now.records:
            ends = min(ends, now.since_s + limits.epoch_s)
        return ends - at

    def tend(self) -> None:
        """Sign, beat, or begin a new epoch, if it is time.

        Raises:
            LedgerDownError: the disk refuses; the ledger is closed.
        """
        now, limits, at = self._writable(), self._limits, self._clock.monotonic_s()
        if at - now.watched_s >= limits.watch_s:
            now.watched_s = at
            self._watch(now)
        if at - now.written_s >= limits.heartbeat_s:
            self.append([[Draft(kind=Kind.HEARTBEAT)]])
            now.records -= 1  # silence alone needs no new keys
        if self._is_full(now) or (now.records and at - now.since_s >= limits.epoch_s):
            self._turn(now)
        elif self.due_s() <= 0 and not now.is_covered:
            self._checkpoint(now)

    def sign(self) -> None:
        """Sign what is durable now, without waiting for its time; raises as `tend`."""
        if not (now := self._writable()).is_covered:
            self._checkpoint(now)

    def close(self) -> None:
        """End the log in order: shutdown record, last checkpoint, lock released.

        Raises:
            LedgerDownError: that could not be written; the lock is released all the same.
        """
        self.keepers.close()  # the last records may need the room
        try:
            if self._now is not None:
                self.append([[Draft(kind=Kind.SHUTDOWN)]])
                self._checkpoint(self._now)
                self._sync_points(self._now)
        finally:
            self._close_files()
            self._unlock()
            self._beside.shutdown()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _watch(self, now: Current) -> None:
        """Notice a file that is no longer ours before a request does, and a disk that fills."""
        try:
            now.segment.watch()
            now.points.watch()
            now.points.sync()
            if self._lock is not None:
                self._lock.watch()
            self.keepers.look()
        except (OSError, PoisonedError) as error:
            self._give_up(now, "write")
            raise self._down(error) from None

    def _down(self, error: Exception) -> LedgerDownError:
        """What a failure means for those who wait; makes room if that is what is missing."""
        found = down(error)
        if isinstance(found, LedgerReplacedError):
            self._unlock()  # the name may lead to another lock now
        if isinstance(found, LedgerFullError):
            self.keepers.make_room()
        return found

    def _is_full(self, now: Current) -> bool:
        limits = self._limits
        return now.records >= limits.epoch_records or now.segment.size >= limits.segment_bytes

    def _writable(self) -> Current:
        if self._now is None:
            raise LedgerDownError("the audit log is not open")
        return self._now

    def _write(self, now: Current, batch: Batch) -> None:
        """One write. After a failure the file is poison: what the batch left in it is unknown."""
        self._name(now)
        try:
            now.segment.add(batch.taken())
        except (OSError, PoisonedError) as error:
            self._poison(now, batch)
            raise self._down(error) from None

    def _sync(self, now: Current, batch: Batch) -> None:
        """Wait until what the batch wrote is on disk; fails as `_write`."""
        try:
            now.segment.sync()
        except OSError as error:
            self._poison(now, batch)
            raise self._down(error) from None
        now.confirmed(batch, self._clock.monotonic_s())

    def _name(self, now: Current) -> None:
        """Wait until the segment's name is on disk; it is asked for when an epoch begins."""
        naming, now.naming = now.naming, None
        if naming is None:
            return
        try:
            naming.result()
        except OSError as error:  # it has its name, but nobody knows whether it will keep it
            self._give_up(now, "begin")
            raise self._down(error) from None

    def _poison(self, now: Current, batch: Batch) -> None:
        if not now.is_covered:
            with suppress(LedgerDownError):  # what was acknowledged is signed by its own epoch
                self._checkpoint(now)
        self._give_up(now, "write", batch)

    def _give_up(self, now: Current, cause: str, batch: Batch | None = None) -> None:
        """Close, and remember what a gap record has to say: all of `batch`, if any, is lost."""
        at = now.end if batch is None else batch.start
        data = b"" if batch is None else b"".join(batch.frames)
        digest, first = sha256(data).hexdigest(), now.epoch.first_seq
        self._cut = Cut(segment=first, at=at, lost=len(data), sha256=digest, cause=cause)
        self._close_files()

    def _checkpoint(self, now: Current) -> None:
        """Read back what was acknowledged, and sign only if that is what is in the tree.

        Raises:
            LedgerDownError: the disk refuses, or gives back something else than was written.
        """
        self._name(now)
        try:
            note = sign(reread(now), now.epoch.signer, self._keys.signer)
            self.keepers.swap(note)
            now.points.add(note + b"\n")
            self.keepers.tell(now.tree.size)
        except (OSError, PoisonedError, RecordError) as error:
            self._give_up(now, "checkpoint")
            raise self._down(error) from None
        self.signed_s = self._clock.monotonic_s()
        now.cover(self.signed_s)

    def _sync_points(self, now: Current) -> None:
        try:
            now.points.sync()
        except OSError as error:
            self._give_up(now, "checkpoint")
            raise self._down(error) from None

    def _turn(self, now: Current) -> None:
        """End the epoch with a checkpoint of its own key, and begin the next."""
        if not now.is_covered:
            self._checkpoint(now)
        signed = self._beside.submit(now.points.sync)
        state = Resumption(
            origin=now.origin,
            size=now.tree.size,
            tree=now.tree,
            epoch=now.epoch.number + 1,
            run=self._run or 0,
            signed=now.signed.size,
            unsigned=(),
            signed_tree=now.signed,
        )
        try:
            begun = self._begun(state, signed)
        except OSError as error:
            if signed.exception() is not None:
                self._give_up(now, "checkpoint")
            raise self._down(error) from None
        finally:
            wait([signed])
            self._close_files()
        self._now = begun

    def _found(self) -> Resumption:
        try:
            state = resume(self.directory, self._keys.verifier, self._cut)
            self.keepers.check(self.directory, state)
        except NotContinuableError as error:
            broken = error
        else:
            return state
        log.error("audit.set_aside", problem=str(broken))
        quarantine(self.directory)
        return fresh(self._keys.name, broken.last)

    def _begun(self, state: Resumption, signed: "Future[None] | None" = None) -> Current:
        """Write the first records of a segment, then give the segment its name.

        Args:
            state: where the log ends.
            signed: done when the checkpoints of the epoch before are on disk.
        """
        now_us, final = self._clock.now_us(), self.directory / segment_name(state.size)
        epoch = open_epoch(
            origin=state.origin,
            number=state.epoch,
            first_seq=state.size,
            recipients=self._keys.recipients,
            suite=self._keys.suite,
        )
        batch = Batch(epoch=epoch, tree=state.tree.copy(), path=final, start=0, now_us=now_us)
        batch.add_epoch(epoch_leaf(state, epoch, self._keys, now_us))
        if state.cut is not None:
            batch.add(state.cut.draft())
        segment, points, naming = self._named(final, b"".join(batch.frames), signed)
        self._shorten(state.cut)
        at = self._clock.monotonic_s()
        return Current(
            origin=state.origin,
            epoch=epoch,
            segment=segment,
            points=points,
            tree=batch.tree,
            signed=state.signed_tree.copy(),
            end=segment.size,
            earlier=tuple(state.unsigned),
            since_s=at,
            signed_s=at,
            written_s=at,
            watched_s=at,
            naming=naming,
        )

    def _named(
        self, final: Path, data: bytes, signed: "Future[None] | None"
    ) -> "tuple[AppendFile, AppendFile, Future[None]]":
        """A segment of these records with its name, and its checkpoint file beside it."""
        first = first_of(final.name) or 0
        segment = new_segment(self.directory, first)
        try:
            segment.add(data)
            segment.sync()
            points = new_checkpoints(self.directory, first)
            if signed is not None:
                signed.result()
            segment.rename(final)
            naming = self._beside.submit(sync_directory, self.directory)
            if signed is None:  # nothing is made meanwhile
                naming.result()
        except PoisonedError as error:
            raise OSError(str(error)) from None
        except OSError:
            segment.close()
            if segment.path == final:  # it has its name, but nobody knows whether it will keep it
                self._cut = Cut(
                    segment=first, at=segment.size, lost=0, sha256=_NOTHING, cause="begin"
                )
            raise
        return segment, points, naming

    def _shorten(self, known: Cut | None) -> None:
        """Remove what the gap record describes; `verify` accepts it either way."""
        if known is not None:
            with suppress(OSError):
                cut(self.directory / segment_name(known.segment), known.at)

    def _close_files(self) -> None:
        if self._now is not None:
            self._now.segment.close()
            self._now.points.close()
            self._now = None
