"""All logs of one gateway, its register, acts and archive, and everything that can happen to them.

Nothing here knows what ought to be readable: that is the model's business (tests of `life`).
"""

import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from guardrail_gw.audit.archive import Archive, Rule
from guardrail_gw.audit.batch import Stored
from guardrail_gw.audit.down import LedgerDownError
from guardrail_gw.audit.fates import Kept as Asked
from guardrail_gw.audit.frame import frames
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.record import Draft
from guardrail_gw.audit.report import Report
from guardrail_gw.audit.review import Elsewhere, Opened, show, verify_directory
from guardrail_gw.audit.segments import segment_firsts
from guardrail_gw.audit.standing import origin_of
from guardrail_gw.audit.store import FolderStore
from guardrail_gw.keys.register_sqlite import SqliteRows
from tests.support.kept_content import Kept, kept_content, said

LIMITS = Limits(epoch_records=6, checkpoint_records=3)


@dataclass(slots=True, kw_only=True)
class LogLife:
    """One gateway over many processes, logs and disks."""

    home: Path
    kept: Kept
    moved: list[Path] = field(default_factory=list)
    """Logs that were taken to another place when they had ended."""

    @property
    def running(self) -> bool:
        """Whether a process writes."""
        return self.kept.ledger is not None

    @property
    def ledger(self) -> Ledger:
        """The running process's."""
        assert self.kept.ledger is not None
        return self.kept.ledger

    # What happens

    def append(self, drafts: list[Draft]) -> list[Stored]:
        """Record a group; what is due is done."""
        (stored,) = self.ledger.append([drafts])
        self.tend()
        return stored

    def append_without_room(self, drafts: list[Draft], room: int) -> None:
        """The disk takes only so many bytes more: nothing of the group is acknowledged."""
        last = max(self.kept.log.glob("*.seg"))
        with _room(last.stat().st_size + room):
            try:
                self.ledger.append([drafts])
            except LedgerDownError:
                return
        raise AssertionError("a write beyond the end of the disk was acknowledged")

    def tend(self) -> None:
        """Checkpoints, heartbeats and new epochs, if they are due."""
        if self.ledger.due_s() <= 0:
            self.ledger.tend()

    def crash(self, torn: int) -> None:
        """The process is killed, perhaps inside a write that was never acknowledged."""
        was_open = self.ledger.is_open
        self.ledger._close_files()  # noqa: SLF001 - as the kernel would
        self.ledger._unlock()  # noqa: SLF001 - ditto
        self.kept.ledger = None
        if not was_open:
            return  # its disk had failed: what it left there is torn enough
        last = max(self.kept.log.glob("*.seg"))
        whole = last.read_bytes()
        *_, frame = frames(whole)
        with last.open("ab") as file:
            file.write(whole[frame.at : frame.end][: min(torn, frame.end - frame.at - 1)])

    def damage(self) -> bool:
        """The last checkpoint becomes another one; whether there was any. No process runs."""
        for points in sorted(self.kept.log.glob("*.ckpt"), reverse=True):
            lines = points.read_bytes().split(b"\n")
            if len(lines) > 7:  # a note and its blank lines
                lines[-6] = lines[-6][::-1]
                points.write_bytes(b"\n".join(lines))
                return True
        return False

    def move_away(self) -> None:
        """The log goes to another place whole, so the next process begins one of another origin."""
        if self.kept.log.is_dir() and segment_firsts(self.kept.log):
            self.moved.append(self.kept.log.rename(self.home / f"moved-{len(self.moved)}"))

    def archive(self, keep_days: int | None) -> None:
        """What is closed goes to the archive; what is old there leaves the log's folder."""
        for path in self.kept.log.glob("*.seg"):
            when_s = min(path.stat().st_mtime, self.kept.clock.now_us() / 1e6)
            os.utime(path, (when_s, when_s))
        store, rule = FolderStore(self.home / "archive"), Rule(keep_days=keep_days)
        archive = Archive(self.kept.log, store, self.kept.clock, rule)
        archive.sweep(ended=not self.running)
        assert archive.tally.problem is None, archive.tally.problem

    # What can be seen

    def logs(self) -> Iterator[tuple[Path, bool]]:
        """Each log's folder, and whether it was set aside as damaged."""
        yield from ((path, False) for path in self.moved)
        for path in (*self.moved, self.kept.log):
            yield from ((aside, True) for aside in sorted(path.glob("quarantine-*")))
        if self.kept.log.is_dir() and segment_firsts(self.kept.log):
            yield self.kept.log, False

    def read(self) -> Iterator[Opened]:
        """Every intent of every log, wherever its segment lies, with all keys."""
        for folder, _ in self.logs():
            with self._whole(folder) as whole:
                kinds = frozenset({"intent"})
                found = show(whole, self.kept.private(), kinds=kinds, content=self._asked)
                yield from map(said, found)

    def verified(self, folder: Path) -> Report:
        """What `verify` says of a log, beside its archive, register and acts."""
        elsewhere = Elsewhere(archive=self._archive(folder), content=self._asked)
        return verify_directory(folder, self.kept.folders.public, elsewhere=elsewhere)

    def bytes_of_register(self) -> bytes:
        """All that lies on the disk of the key register."""
        folder = self.home / "audit-register"
        return b"".join(path.read_bytes() for path in folder.iterdir())

    def close(self) -> None:
        """Leave nothing behind."""
        if self.running and not self.ledger.is_open:
            self.crash(0)
        self.kept.close()
        shutil.rmtree(self.home)

    @property
    def _asked(self) -> Asked:
        rows = SqliteRows(self.home / "audit-register" / "register.db")
        return Asked(rows=rows, acts=self.kept.acts)

    def _archive(self, folder: Path) -> Path | None:
        return self.home / "archive" if self._archived(folder).is_dir() else None

    def _archived(self, folder: Path) -> Path:
        return self.home / "archive" / (origin_of(folder) or "none")

    @contextmanager
    def _whole(self, folder: Path) -> Iterator[Path]:
        """The log as `audit fetch` puts it together."""
        if not self._archived(folder).is_dir():
            yield folder
            return
        with tempfile.TemporaryDirectory() as made:
            shutil.copytree(self._archived(folder), made, dirs_exist_ok=True)
            for path in (*folder.glob("*.seg"), *folder.glob("*.ckpt")):
                shutil.copy(path, made)
            yield Path(made)


def log_life() -> LogLife:
    """A gateway that has not started yet; `close` it."""
    home = Path(tempfile.mkdtemp(prefix="life-"))
    kept = kept_content(home)
    kept.limits = LIMITS
    return LogLife(home=home, kept=kept)


@contextmanager
def _room(bytes_in_all: int) -> Iterator[None]:
    """No file of this process may become longer: writes fall short, and then fail."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_in_all, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
