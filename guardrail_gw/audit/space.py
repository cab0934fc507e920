"""Room on the log's disk: a warning, then no new exchanges, and a ballast for those that run.

The ballast is a file that takes up space until the disk is full in spite of everything (somebody
else fills it, or a quota ends): it is removed, and into its place go the outcomes of exchanges
that run, the gap that says what was lost, and the shutdown.
"""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Final

import structlog

BALLAST: Final = "ballast"
_MIB: Final = 1 << 20
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
log = structlog.get_logger()


class Level(IntEnum):
    """How much room there is."""

    ENOUGH = 0
    LOW = 1
    """Below the first mark: somebody should look."""
    FULL = 2
    """Below the second, or the disk has refused a write: nothing new begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Bytes that must be free, and bytes that are kept for the end."""

    warn_bytes: int = 512 * _MIB
    stop_bytes: int = 128 * _MIB
    ballast_bytes: int = 16 * _MIB


def free_bytes(directory: Path) -> int:
    """What a process without privileges may still write there; raises OSError."""
    found = os.statvfs(directory)
    return found.f_bavail * found.f_frsize


def is_full(error: BaseException) -> bool:
    """Whether a call failed for want of room."""
    return isinstance(error, OSError) and error.errno in _FULL


class Space:
    """The room on the disk of one log. One thread calls; any may read `level` and `free`."""

    def __init__(
        self, directory: Path, marks: Marks, free: Callable[[Path], int] = free_bytes
    ) -> None:
        """Nothing is touched before `look`."""
        self.level = Level.ENOUGH
        self.free = 0
        self._ballast = directory / BALLAST
        self._marks = marks
        self._measure = free

    def look(self) -> None:
        """Measure, restore a spent ballast when there is room again; raises OSError."""
        self.free = self._measure(self._ballast.parent)
        if self._has_room() and not self._ballast.exists():
            self._load()
        self._say(self._found())

    def release(self) -> None:
        """The disk has refused a write: make room, and let nothing new begin."""
        with suppress(OSError):
            self._ballast.unlink()
        self._say(Level.FULL)

    def close(self) -> None:
        """Leave no ballast behind a log that ends in order."""
        with suppress(OSError):
            self._ballast.unlink()

    def _has_room(self) -> bool:
        """To come back from `FULL` takes more than the mark: the ballast comes first."""
        return self.free >= self._marks.stop_bytes + self._marks.ballast_bytes

    def _found(self) -> Level:
        if self.level is Level.FULL and not self._has_room():
            return Level.FULL
        if self.free < self._marks.stop_bytes:
            return Level.FULL
        return Level.LOW if self.free < self._marks.warn_bytes else Level.ENOUGH

    def _load(self) -> None:
        """Take up the space for real: a file with a hole would give nothing back."""
        if not self._marks.ballast_bytes:
            return
        fresh = self._ballast.with_name(f"{BALLAST}.new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        handle = os.open(fresh, flags, 0o600)
        try:
            os.posix_fallocate(handle, 0, self._marks.ballast_bytes)
            fresh.rename(self._ballast)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        finally:
            os.close(handle)

    def _say(self, found: Level) -> None:
        before, self.level = self.level, found
        if found is before:
            return
        free_mb = self.free // 1_000_000
        if found is Level.FULL:
            log.error("audit.space_full", free_mb=free_mb)
        elif found is Level.LOW:
            log.warning("audit.space_low", free_mb=free_mb)
        else:
            log.info("audit.space_enough", free_mb=free_mb)
