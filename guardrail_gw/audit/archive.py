"""Closed segments to an archive: copied, read back, compared, and only then called archived.

The log's folder stays the source of truth. A segment is removed from it only when a rule says how
long it stays, that time has passed, nobody holds it back, and the archive's copy was read back once
more in that very moment.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.audit.frame import leaves
from guardrail_gw.audit.note import NoteError, parse_checkpoints
from guardrail_gw.audit.pruned import PRUNED, Pruned
from guardrail_gw.audit.record import Kind, RecordError, parse
from guardrail_gw.audit.segments import (
    CHECKPOINTS,
    SEGMENT,
    replace_file,
    segment_firsts,
    segment_name,
    sync_directory,
)
from guardrail_gw.audit.standing import origin_of
from guardrail_gw.audit.store import Store, StoreError, TakenError, digest_of
from guardrail_gw.core.ports import Clock

ARCHIVED: Final = "archived"
"""A file of the log's folder that names what is archived, to spare a start a second look. Nothing
is removed because of it."""
_DAY_US: Final = 86_400_000_000
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When to look, and how long what is archived stays here as well."""

    every_s: float = 60.0
    keep_days: int | None = None
    """None keeps everything here."""
    signer: Ed25519PrivateKey | None = field(default=None, repr=False)
    """The origin key, which says in the folder what was removed; without it nothing is."""


@dataclass(slots=True, kw_only=True)
class Archived:
    """Counts for the metrics; read at any time."""

    segments: int = 0
    removed: int = 0
    waiting: int = 0
    """Closed segments that are not in the archive yet."""
    problem: str | None = None


def anything_may_go(_path: Path) -> bool:
    """Nobody holds anything back."""
    return True


class Archive:
    """Copies the closed segments of one log's folder. One thread calls."""

    def __init__(
        self,
        directory: Path,
        store: Store,
        clock: Clock,
        rule: Rule,
        may_go: Callable[[Path], bool] = anything_may_go,
    ) -> None:
        """`may_go` says whether a segment that is old enough may be removed: no hold is on it."""
        self.tally = Archived()
        self.rule = rule
        self._directory = directory
        self.store = store
        self._clock = clock
        self.may_go = may_go
        self._marks = directory / ARCHIVED
        self._done: set[str] | None = None

    def sweep(self, *, ended: bool = False) -> None:
        """Archive what is closed and not archived, and remove what may go.

        Args:
            ended: the log is not being written: its last segment is closed too, if it has ended in
                order.
        """
        self.tally.problem = None
        try:
            self._sweep(ended=ended)
        except (StoreError, OSError) as error:
            problem = error.strerror if isinstance(error, OSError) else str(error)
            self.tally.problem = problem or type(error).__name__
            log.warning("audit.archive_failed", problem=self.tally.problem)

    def _sweep(self, *, ended: bool) -> None:
        firsts, origin = segment_firsts(self._directory), origin_of(self._directory)
        if origin is None:
            return
        done = self._marked()
        closed = _closed(self._directory, firsts, ended=ended)
        missing = [first for first in closed if _mark(origin, first) not in done]
        self.tally.waiting = len(missing)
        for first in missing:
            self._archive(first, origin)
            done.add(_mark(origin, first))
        for first, following in pairwise(firsts):
            if not self._remove(first, following, origin):
                break  # a log may lack its beginning, and nothing in its middle

    def _marked(self) -> set[str]:
        if self._done is None:
            known = self._marks.read_text().splitlines() if self._marks.exists() else ()
            self._done = set(known)
        return self._done

    def _archive(self, first: int, origin: str) -> None:
        for path in self._files(first):
            self._copy(path, f"{origin}/{path.name}")
        with self._marks.open("a", encoding="ascii") as marks:
            marks.write(f"{_mark(origin, first)}\n")
        self.tally.segments += 1
        self.tally.waiting -= 1
        log.info("audit.archived", path=segment_name(first))

    def _copy(self, path: Path, name: str) -> None:
        """Take the store at nothing but the bytes that it gives back."""
        with path.open("rb") as file:
            digest = digest_of(file)
            file.seek(0)
            try:
                self.store.put(name, file, digest)
            except TakenError:
                if self.store.digest(name) != digest:
                    raise StoreError(f"the archive holds something else as {name}") from None
                return
        if self.store.digest(name) != digest:
            raise StoreError(f"the archive does not give back {name} as it was")

    def _remove(self, first: int, following: int, origin: str) -> bool:
        """Both files or none, the checkpoints last: a segment without them is no log."""
        keep_days, signer = self.rule.keep_days, self.rule.signer
        if keep_days is None or signer is None or _mark(origin, first) not in self._marked():
            return False
        segment, points = self._directory / segment_name(first), self._points(first)
        now_us = self._clock.now_us()
        age_us = now_us - segment.stat().st_mtime_ns // 1000
        if age_us < keep_days * _DAY_US or not self.may_go(segment):
            return False
        for path in (segment, points):
            with path.open("rb") as file:
                if self.store.digest(f"{origin}/{path.name}") != digest_of(file):
                    raise StoreError(f"the archive no longer gives back {path.name} as it was")
        said = Pruned(origin=origin, first=following, keep_days=keep_days, at_us=now_us)
        replace_file(
            self._directory / PRUNED, said.note(signer)
        )  # first: what is gone is explained
        segment.unlink()
        points.unlink()
        sync_directory(self._directory)
        self.tally.removed += 1
        return True

    def _files(self, first: int) -> Iterator[Path]:
        yield self._points(first)
        yield self._directory / segment_name(first)

    def _points(self, first: int) -> Path:
        return self._directory / segment_name(first).replace(SEGMENT, CHECKPOINTS)


def _closed(directory: Path, firsts: list[int], *, ended: bool) -> list[int]:
    """Which segments nobody will change, nor read again before signing.

    A start cuts a torn end, and signs what the process before left unsigned; both is over when a
    checkpoint covers a record of the segment that follows, or a shutdown.
    """
    signed = _signed(directory)
    closed = [first for first, until in pairwise(firsts) if until < signed]
    if ended and firsts and _is_over(directory / segment_name(firsts[-1]), firsts[-1], signed):
        closed.append(firsts[-1])
    return closed


def _signed(directory: Path) -> int:
    """How many records the newest checkpoint covers; whether it is good is not asked here."""
    for path in sorted(directory.glob(f"*{CHECKPOINTS}"), reverse=True):
        with suppress(NoteError):
            found, _ = parse_checkpoints(path.read_bytes())
            if found:
                return found[-1].checkpoint.size
    return 0


def _is_over(segment: Path, first: int, signed: int) -> bool:
    """Whether a segment ends with a shutdown that a checkpoint covers."""
    try:
        *_, last = stored = list(leaves(segment.read_bytes()))
        return first + len(stored) == signed and parse(last)["kind"] == Kind.SHUTDOWN
    except (RecordError, ValueError):  # torn, or empty
        return False


def _mark(origin: str, first: int) -> str:
    return f"{origin}/{segment_name(first)}"


class Archiver:
    """The thread that sweeps now and then, and once more when the log has ended."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit-archive", daemon=True)

    def start(self) -> None:
        """Begin; the archive need not be there."""
        self._thread.start()

    def close(self, *, patience_s: float) -> None:
        """Archive what the ended log has left, for at most that long; the next start goes on."""
        self._stop.set()
        self._thread.join(patience_s)

    def _run(self) -> None:
        while not self._stop.wait(self.archive.rule.every_s):
            self.archive.sweep()
        self.archive.sweep(ended=True)
