"""The files of a log. The one place that touches the disk for writing.

    <first index, 20 digits>.seg    the frames of one epoch, append-only
    <first index, 20 digits>.ckpt   its checkpoints
    lock                            held by the process that writes

A segment gets its name only when its first records are on disk: until then it ends in `.new`.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from guardrail_gw.errors import GuardrailError

SEGMENT = ".seg"
QUARANTINE = "quarantine-"
CHECKPOINTS = ".ckpt"
_NEW = ".new"
_DIGITS = 20


class PoisonedError(GuardrailError):
    """The file is gone, was replaced, or has another length than what was written."""


def segment_name(first: int) -> str:
    """The file name of the segment that begins with that index."""
    return f"{first:0{_DIGITS}d}{SEGMENT}"


def first_of(name: str) -> int | None:
    """The first index of the segment of that file name; None if it is no segment's."""
    stem, dot, ending = name.partition(".")
    is_segment = dot + ending == SEGMENT and len(stem) == _DIGITS and stem.isdecimal()
    return int(stem) if is_segment and stem.isascii() else None


def segment_firsts(directory: Path) -> list[int]:
    """The first indices of all segments, in order."""
    found = (first_of(path.name) for path in directory.iterdir())
    return sorted(first for first in found if first is not None)


def segment_bounds(directory: Path) -> list[tuple[int, int | None]]:
    """Each segment's first index, and the next one's; None for the last."""
    firsts = segment_firsts(directory)
    return list(zip(firsts, [*firsts[1:], None], strict=False))


def sync_directory(directory: Path) -> None:
    """Make names durable."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_file(path: Path, data: bytes) -> None:
    """Give a name a new content, whole and durable; raises OSError."""
    unfinished = path.with_name(f"{path.name}{_NEW}")
    with unfinished.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    sync_directory(path.parent)


def make_folder(directory: Path) -> None:
    """Make a log's folder if it is not there, and make its name durable; raises OSError."""
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for made in missing:
        sync_directory(made.parent)


class AppendFile:
    """A file that only grows, and knows how long it must be."""

    __slots__ = ("_device", "_handle", "_inode", "_name", "_unsynced", "path", "size")

    def __init__(self, path: Path, handle: int, size: int) -> None:
        """Use `create` or `extend`."""
        self.path = path
        self.size = size
        self._name = str(path)  # every write looks at it
        self._handle = handle
        self._unsynced = False
        opened = os.fstat(handle)
        self._inode, self._device = opened.st_ino, opened.st_dev

    @classmethod
    def create(cls, path: Path) -> "AppendFile":
        """A new file; raises OSError, also when it exists."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        return cls(path, os.open(path, flags, 0o600), 0)

    def add(self, data: bytes) -> None:
        """Write all of `data`: a killed process loses it no more. The disk is asked by `sync`.

        Raises:
            PoisonedError: the file is no longer the one that was opened; nothing was written.
            OSError: writing failed half-way; never use the file again.
        """
        self.watch()
        self._unsynced = True
        done = os.write(self._handle, data)
        while done < len(data):
            done += os.write(self._handle, data[done:])
        self.size += done

    def sync(self) -> None:
        """Wait until what was added is on disk; raises OSError: never use the file again."""
        if self._unsynced:
            os.fdatasync(self._handle)
            self._unsynced = False

    def rename(self, path: Path) -> None:
        """Give the file its lasting name, durable after `sync_directory`; raises OSError."""
        self.path.rename(path)
        self.path, self._name = path, str(path)

    def close(self) -> None:
        """Let go of the file."""
        with suppress(OSError):
            os.close(self._handle)

    def watch(self) -> None:
        """One look at what has the name now: it must be our file, as long as we left it.

        Raises:
            PoisonedError: it is not.
        """
        named = _named(self._name, (self._inode, self._device), "the open segment")
        if named.st_size != self.size:
            raise PoisonedError("the open segment was changed by someone else")


def _named(path: Path | str, known: tuple[int, int], what: str) -> os.stat_result:
    """What has the name now, if it is the file of that inode and device."""
    try:
        named = os.stat(path)  # noqa: PTH116 - before every write; a Path takes twice as long
    except OSError:
        raise PoisonedError(f"{what} is gone") from None
    if (named.st_ino, named.st_dev) != known:
        raise PoisonedError(f"{what} was replaced")
    return named


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Bytes of a segment that were acknowledged but not signed yet."""

    path: Path
    start: int
    end: int

    def read(self) -> bytes:
        """Read them back from the file that has the name now; raises OSError."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            return file.read(self.end - self.start)


def extend(spans: list[Span], span: Span) -> None:
    """Keep neighbouring spans as one, so that many small batches are read back at once."""
    last = spans[-1] if spans else None
    if last is not None and (last.end, last.path) == (span.start, span.path):
        spans[-1] = Span(path=span.path, start=last.start, end=span.end)
    else:
        spans.append(span)


class Lock:
    """Only one process writes a log."""

    __slots__ = ("_handle", "_known", "_path")

    def __init__(self, directory: Path) -> None:
        """Take the lock; raises OSError (BlockingIOError when another process has it)."""
        self._path = directory / "lock"
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._handle)
            raise
        taken = os.fstat(self._handle)
        self._known = (taken.st_ino, taken.st_dev)

    def watch(self) -> None:
        """Whether the name still leads to the lock that is held; raises PoisonedError if not."""
        _named(self._path, self._known, "the lock")

    def release(self) -> None:
        """Let the next process write."""
        os.close(self._handle)


def new_segment(directory: Path, first: int) -> AppendFile:
    """A segment without its lasting name; what a failed try left is removed. Raises OSError."""
    if (directory / segment_name(first)).exists():
        raise FileExistsError("the segment exists")
    path = directory / f"{first:0{_DIGITS}d}{_NEW}"
    path.unlink(missing_ok=True)  # never named, so nothing in it was acknowledged
    return AppendFile.create(path)


def new_checkpoints(directory: Path, first: int) -> AppendFile:
    """The checkpoint file of a segment that is about to get its name; raises OSError."""
    path = directory / f"{first:0{_DIGITS}d}{CHECKPOINTS}"
    path.unlink(missing_ok=True)  # of a try that ended before its segment had a name
    return AppendFile.create(path)


def sync(path: Path) -> None:
    """Have a file on disk that another process may have left in memory alone; raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fdatasync(handle)
    finally:
        os.close(handle)


def cut(path: Path, size: int) -> None:
    """Shorten a segment to what was acknowledged; raises OSError."""
    handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.ftruncate(handle, size)
        os.fsync(handle)
    finally:
        os.close(handle)


def quarantine(directory: Path) -> Path:
    """Move every file of a log that cannot be continued into a folder of its own.

    Raises:
        OSError: a file could not be moved; what was moved stays moved.
    """
    number = next(n for n in count() if not (directory / f"{QUARANTINE}{n}").exists())
    found = list(_log_files(directory))
    if not found:
        return directory
    folder = directory / f"{QUARANTINE}{number}"
    folder.mkdir(mode=0o700)
    for path in found:
        path.rename(folder / path.name)
    sync_directory(folder)
    sync_directory(directory)
    return folder


def _log_files(directory: Path) -> Iterator[Path]:
    for pattern in (f"*{SEGMENT}", f"*{CHECKPOINTS}", f"*{_NEW}"):
        yield from sorted(directory.glob(pattern))
