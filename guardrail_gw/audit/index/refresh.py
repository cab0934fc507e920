"""Verify a log, then bring its index up to it."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from guardrail_gw.audit.access import AccessLog
from guardrail_gw.audit.fates import Kept
from guardrail_gw.audit.findings import Code, finding
from guardrail_gw.audit.index.build import Builder
from guardrail_gw.audit.index.entry import Jurisdiction
from guardrail_gw.audit.index.file import IndexFile
from guardrail_gw.audit.index.rows import is_stale, noted
from guardrail_gw.audit.note import parse_checkpoints
from guardrail_gw.audit.prefix import root_at
from guardrail_gw.audit.review import Elsewhere, kept_beside, verify_directory
from guardrail_gw.audit.segments import CHECKPOINTS, segment_firsts, segment_name
from guardrail_gw.audit.standing import origin_of as named_origin, with_finding
from guardrail_gw.audit.verify import Report, Verdict
from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.private import RecipientKey, x25519_of

Progress = Callable[[str, int, int], None]
"""Hears the stage (`verify` in bytes, `index` in records), how much is done, and of how much."""
_TRUSTED = frozenset({Verdict.OK, Verdict.INCOMPLETE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What a reviewer has: a log, the keys to judge it, and the keys to open it."""

    directory: Path
    public: Path
    keys: tuple[RecipientKey, ...]
    content: Kept | None = None
    """Where to ask what became of content; a register's file beside the log is found without."""


def default_index(log: Log) -> Path:
    """Where a log's index lies unless the reviewer says otherwise: in the user's own state folder.

    Raises:
        ConfigError: there is no log.
    """
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    reader = x25519_of(log.keys[0]).public_key().public_bytes_raw()
    name = sha256(origin_of(log.directory).encode() + b"\n" + reader).hexdigest()[:24]
    return state / "guardrail-gw" / "review" / f"{name}.sqlite"


def origin_of(directory: Path) -> str:
    """The origin that a log's first record names; `verify` says whether it is true.

    Raises:
        ConfigError: there is no log.
    """
    try:
        origin = named_origin(directory)
    except OSError:
        origin = None
    if origin is None:
        raise ConfigError(f"{directory}: no audit log")
    return origin


def refresh(  # noqa: PLR0913, PLR0917 - what is looked at, by whom, when
    log: Log,
    index: IndexFile,
    law: Jurisdiction,
    now_us: int,
    access: AccessLog,
    told: Progress,
) -> Report:
    """Verify all of a log, and enter what is new and verified into the index.

    An index that knows what was erased since is cleared first, and made anew.

    Entering opens records, which is written down before the first is opened. What is entered must
    come to the very root that was verified; else the index is cleared, and the log was changed.

    The newest checkpoint is kept beside the index, so that a log that was cut back since the last
    review is found out. Records that no checkpoint covered yet may have become others without
    that: then all is entered anew.

    Raises:
        ConfigError: the index is of another log, or the look cannot be written down.
        SealError, RecordError, RegisterDown, OSError: the log cannot be opened.
    """
    _same_log(index, origin_of(log.directory))
    kept = index.path.with_suffix(".checkpoint")
    total = sum(path.stat().st_size for path in log.directory.iterdir() if path.is_file())
    report = verify_directory(
        log.directory,
        log.public,
        checkpoint=kept if kept.exists() else None,
        elsewhere=Elsewhere(content=log.content),
        now_us=now_us,
        told=lambda done: told("verify", done, total),
    )
    content = log.content or kept_beside(log.directory)
    if is_stale(index, content):
        index.clear()
    if not _same_records(index, log.directory):
        if report.verdict not in _TRUSTED:
            return report  # what an intact log told us stays
        index.clear()
    known = index.number("records")
    if report.records > known:
        access.record("index", range(known, report.records))
        told("index", known, report.records)
        root = Builder(index, log.directory, log.keys, law, noted(index, content)).enter(
            report.records, lambda done: told("index", done, report.records)
        )
        if root is None or root.hex() != report.root:
            index.clear()
            return with_finding(report, finding(Code.LOG_CHANGED))
    if report.verdict in _TRUSTED:
        _keep(kept, log.directory, report.signed)
    return report


def _same_log(index: IndexFile, origin: str) -> None:
    known = index.about("origin")
    if known is None:
        index.remember("origin", origin.encode())
    elif known.decode() != origin:
        raise ConfigError(f"{index.path} is the index of another log; name another with --index")


def _same_records(index: IndexFile, directory: Path) -> bool:
    """Whether the log begins with the records that the index took."""
    known = index.number("records")
    return known == 0 or index.about("root") == root_at(directory, known)


def _keep(kept: Path, directory: Path, signed: int) -> None:
    """Write down the checkpoint of that size."""
    firsts = [first for first in segment_firsts(directory) if first < signed]
    if not firsts:
        return
    name = Path(segment_name(firsts[-1])).with_suffix(CHECKPOINTS)
    points, _ = parse_checkpoints((directory / name).read_bytes())
    for point in points:
        if point.checkpoint.size == signed:
            unfinished = kept.with_suffix(".checkpoint.new")
            unfinished.write_bytes(point.note())
            unfinished.replace(kept)
