"""What `audit search` and `review` share: the log, be it a folder or an archive, and its index."""

import errno
import lzma
import shutil
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from guardrail_gw.audit.access import SUFFIX, AccessLog
from guardrail_gw.audit.index.file import IndexFile, open_index
from guardrail_gw.audit.index.refresh import Log, default_index, refresh
from guardrail_gw.audit.pruned import PRUNED
from guardrail_gw.audit.segments import CHECKPOINTS, first_of
from guardrail_gw.audit.verify import Report
from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.cli.audit_folder import beside
from guardrail_gw.cli.audit_kept import kept
from guardrail_gw.keys.audit_keys import ORIGIN_VKEY, RECIPIENT_SUFFIX, load_recipient
from guardrail_gw.keys.governance import is_note
from guardrail_gw.observability.clock import SystemClock

LOG = click.Path(path_type=Path, exists=True)
FILE_TO_BE = click.Path(path_type=Path, dir_okay=False)
_BROKEN = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
)
_STAGES = {"verify": "verifying", "index": "indexing"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A log that somebody is about to look at."""

    log: Log
    index: Path
    access: AccessLog


@contextmanager
def reviewed(
    path: Path,
    keys: tuple[Path, ...],
    *,
    public: Path | None,
    index: Path | None,
    access: Path | None,
    register: Path | None = None,
    acts: Path | None = None,
) -> Iterator[Reviewed]:
    """Name everything that a review needs; an archive is unpacked for as long as it lasts.

    Raises:
        ConfigError, click.UsageError: something is not there or cannot be used.
    """
    with _folder(path) as folder:
        opened = tuple(load_recipient(key) for key in keys)
        beside_it = path.resolve()
        log = Log(
            directory=folder,
            public=public or beside(folder),
            keys=opened,
            content=kept(beside_it, register, acts),
        )
        written = access or beside_it.with_name(f"{beside_it.name}{SUFFIX}")
        yield Reviewed(
            log=log,
            index=index or default_index(log),
            access=AccessLog(written, opened[0], SystemClock()),
        )


def indexed(of: Reviewed) -> tuple[IndexFile, Report]:
    """Verify the log and bring its index up to it, with a progress bar on a terminal."""
    file = open_index(of.index, of.log.keys)
    law = Catalog.load().jurisdictions.name_of
    with _bars() as bars:
        tasks: dict[str, TaskID] = {}

        def told(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(_STAGES[stage], total=total)
            bars.update(tasks[stage], completed=done, total=total)

        report = refresh(of.log, file, law, time.time_ns() // 1000, of.access, told)
    return file, report


def _bars() -> Progress:
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:>9}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
    )
    return Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    )


@contextmanager
def _folder(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="guardrail-gw-review-") as made:
        _unpack(path, Path(made))
        yield Path(made) / "log"


def _unpack(path: Path, into: Path) -> None:
    """Take a log and its public keys out of an archive, and nothing else that may be in it."""
    for folder in ("log", "audit-public"):
        (into / folder).mkdir()
    try:
        with zipfile.ZipFile(path) as archive:
            for name, member in _wanted(path, archive, into).items():
                with archive.open(member) as packed, (into / name).open("xb") as file:
                    shutil.copyfileobj(packed, file)
    except _BROKEN:
        raise _damaged(path) from None
    except OSError as error:
        if error.errno != errno.EINVAL:  # the disk's own trouble
            raise
        raise _damaged(path) from None  # it says that something lies before its beginning


def _damaged(path: Path) -> click.UsageError:
    return click.UsageError(f"{path} is neither a folder nor a zip archive, or it was damaged")


def _wanted(path: Path, archive: zipfile.ZipFile, into: Path) -> dict[str, zipfile.ZipInfo]:
    """What belongs to a log, by where it goes: each once, or readers would see different logs."""
    found: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        name = member.filename.rsplit("/", 1)[-1]
        if belongs := _belongs(name):
            if f"{belongs}/{name}" in found:
                raise click.UsageError(f"{path} holds {name} twice: it is no archive of one log")
            found[f"{belongs}/{name}"] = member
    needed, free = sum(m.file_size for m in found.values()), shutil.disk_usage(into).free
    if needed > free:
        raise click.UsageError(f"{path} unpacks to {needed:,} bytes; {into} has {free:,} left")
    return found


def _belongs(name: str) -> str | None:
    segment = name.removesuffix(CHECKPOINTS) + ".seg" if name.endswith(CHECKPOINTS) else name
    if first_of(segment) is not None or name == PRUNED:
        return "log"
    public = name == ORIGIN_VKEY or name.endswith(RECIPIENT_SUFFIX) or is_note(name)
    return "audit-public" if public else None
