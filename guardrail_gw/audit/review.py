"""What an auditor does with a log's folder: verify it, and open it with private keys.

Runs where the auditor's key is, never in the gateway.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guardrail_gw.audit.acts import Fate, acts_said
from guardrail_gw.audit.fates import Kept, fates, with_content
from guardrail_gw.audit.findings import Code, finding
from guardrail_gw.audit.frame import Frame, TornError, frames
from guardrail_gw.audit.opening import Opened, Opener, Place, seen
from guardrail_gw.audit.proof import check, decode, prove
from guardrail_gw.audit.record import RecordError, parse
from guardrail_gw.audit.registry import checkpoint_name
from guardrail_gw.audit.segments import segment_bounds, segment_firsts, segment_name
from guardrail_gw.audit.shares import gateway_folder
from guardrail_gw.audit.standing import origin_of, read_listing, with_finding
from guardrail_gw.audit.verify import LogFiles, Report, Verdict, verify
from guardrail_gw.errors import ConfigError, RegisterDown
from guardrail_gw.keys.audit_keys import PublicMaterial, load_public
from guardrail_gw.keys.private import RecipientKey
from guardrail_gw.keys.register_sqlite import SqliteRows

__all__ = [
    "NOWHERE",
    "Elsewhere",
    "Opened",
    "Place",
    "check_proof",
    "leaves",
    "open_at",
    "prove_record",
    "read_log",
    "show",
    "verify_directory",
]

_UNJUDGED = (Verdict.TAMPERED, Verdict.UNVERIFIABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Folders beside a log's own."""

    registry: Path | None = None
    """Lists all logs of the origin key and holds their last checkpoints."""
    archive: Path | None = None
    """Where segments were archived; those that the log's folder lacks are taken from there."""
    content: Kept | None = None
    """Where to ask what became of content; a register's file beside the log is found without."""


NOWHERE = Elsewhere()


def verify_directory(  # noqa: PLR0913 - what is judged, by what, when
    directory: Path,
    public: Path,
    *,
    checkpoint: Path | None = None,
    elsewhere: Elsewhere = NOWHERE,
    now_us: int | None = None,
    told: Callable[[int], None] | None = None,
) -> Report:
    """Verify a log with public material only; never raises for what it finds.

    Args:
        directory: the log's folder, or a copy of it.
        public: the `audit-public` folder.
        checkpoint: a checkpoint of the log that was kept elsewhere.
        elsewhere: what is kept of the log in other places.
        now_us: the present time, so that a log that went silent is noticed.
        told: hears how many bytes were read.
    """
    try:
        material = load_public(public)
        kept = [checkpoint.read_bytes()] if checkpoint else []
        if (registry := elsewhere.registry) is not None:
            kept += _kept_elsewhere(directory, registry)
        log = read_log(directory, elsewhere.archive)
        material = material.of_log(origin_of(directory) or "")
        counted = log if told is None else _counted(log, told)
        report = verify(counted, material, kept=kept, now_us=now_us)
        if registry is not None:
            report = _registered(report, registry, material)
        asked = elsewhere.content or kept_beside(directory)
        if asked is None or report.verdict in _UNJUDGED:
            return report
        return _with_content(report, log, asked, public)
    except (ConfigError, OSError, RegisterDown) as error:
        return _unverifiable(str(error))


def _with_content(report: Report, log: LogFiles, kept: Kept, public: Path) -> Report:
    acts = kept.acts if kept.acts.is_dir() and segment_firsts(kept.acts) else None
    judged = verify_directory(acts, public) if acts else None
    if judged is not None and judged.verdict in _UNJUDGED:
        return with_content(report, {}, judged)
    return with_content(report, fates(log, kept), judged)


def _kept_elsewhere(directory: Path, registry: Path) -> list[bytes]:
    """The registry's checkpoint of a log, if any; whether it is good is for `verify` to say."""
    path = registry / checkpoint_name(origin_of(directory) or "/")
    return [path.read_bytes()] if path.exists() else []


def _registered(report: Report, registry: Path, material: PublicMaterial) -> Report:
    try:
        return read_listing(registry, material.origin).judged(report)
    except RecordError as error:
        return with_finding(report, finding(Code.REGISTRY_ALTERED, str(error)))


def prove_record(directory: Path, index: int) -> bytes:
    """A record's proof, as a file.

    Raises:
        ProofError: no such record, or no checkpoint covers it.
        RecordError, OSError: the log cannot be read.
    """
    return prove(read_log(directory), index).encode()


def check_proof(file: Path, public: Path) -> dict[str, Any]:
    """The record that a proof's file shows to be in a log of the key in `public`.

    Raises:
        ProofError: it shows nothing of the kind.
        ConfigError, OSError: a file cannot be read.
    """
    return check(decode(file.read_bytes()), load_public(public))


def read_log(directory: Path, archive: Path | None = None) -> LogFiles:
    """Name the files of a folder, and of its archive; each is read in its turn. Raises OSError."""
    found = {path.name: path for path in directory.iterdir()}
    if archive is not None:
        old = archive / (origin_of(directory) or "")
        found = {path.name: path for path in old.iterdir() if path.is_file()} | found
    return LogFiles(names=tuple(sorted(found)), read=lambda name: found[name].read_bytes())


def _counted(log: LogFiles, told: Callable[[int], None]) -> LogFiles:
    total = 0

    def read(name: str) -> bytes:
        nonlocal total
        data = log.read(name)
        total += len(data)
        told(total)
        return data

    return LogFiles(names=log.names, read=read)


def show(  # noqa: PLR0913 - which records, of what, by whom
    directory: Path,
    keys: Sequence[RecipientKey],
    *,
    request: str | None = None,
    kinds: frozenset[str] | None = None,
    first: int = 0,
    content: Kept | None = None,
) -> Iterator[Opened]:
    """Open the records of a log, oldest first.

    Every ciphertext is authenticated in its place; whether the log is complete and in order is for
    `verify` to say. A last record that is not whole is not shown.

    Args:
        directory: the log's folder.
        keys: private keys of recipients; content at detail `full` needs two.
        request: only the records of that request id.
        kinds: only these kinds.
        first: only segments that begin with this record, or a later one.
        content: as for `verify_directory`.

    Raises:
        RegisterDown: the register cannot be read.
        SealError: none of the keys opens the log, or something in it was altered.
        RecordError: a record cannot be read.
        OSError: a file cannot be read.
    """
    opener = _opener(directory, keys, content)
    for begin, until in segment_bounds(directory):
        if begin < first:
            continue
        data = (directory / segment_name(begin)).read_bytes()
        for opened in map(opener.opened, _frames(data, begin, until)):
            if kinds is not None and opened.kind not in kinds:
                continue
            if request is None or (opened.meta or {}).get("request") == request:
                yield opened


def open_at(
    directory: Path,
    keys: Sequence[RecipientKey],
    segment: int,
    at: Sequence[int],
    content: Kept | None = None,
) -> list[Opened]:
    """Open single records of one segment, whose bytes are known.

    A record that goes on with the chain of a row needs the record that began it: then the segment
    is opened from its beginning.

    Args:
        directory: the log's folder.
        keys: as for `show`.
        segment: the segment's first index.
        at: the bytes at which the records' frames begin, ascending; not the epoch's.
        content: as for `verify_directory`.

    Raises:
        SealError, RecordError, RegisterDown, OSError: as `show`.
    """
    data = (directory / segment_name(segment)).read_bytes()
    chosen = [next(frames(data, start), None) for start in (0, *at)]
    if any(frame is None for frame in chosen):
        raise RecordError("the segment is shorter than it was")
    opener = _opener(directory, keys, content)
    found = list(map(opener.opened, (f for f in chosen if f is not None)))[1:]
    if any(_is_behind(each) for each in found):
        last = max(at)
        whole = map(_opener(directory, keys, content).opened, _until(frames(data), last))
        return [each for each in whole if each.place.at in at]
    return found


def _until(read: Iterator[Frame], last: int) -> Iterator[Frame]:
    for frame in read:
        yield frame
        if frame.at >= last:
            return


def _is_behind(opened: Opened) -> bool:
    """Whether something is sealed under a row that is there, and was not opened."""
    who = (opened.meta or {}).get("identity")
    return who is Fate.THERE or (opened.fate is Fate.THERE and opened.content is None)


def _opener(directory: Path, keys: Sequence[RecipientKey], content: Kept | None) -> Opener:
    kept = content or kept_beside(directory)
    return Opener(keys, kept.rows, acts_said(kept.acts)) if kept else Opener(keys)


def leaves(directory: Path, *, kinds: frozenset[str] | None = None) -> Iterator[Opened]:
    """The records of a log as anybody may see them, oldest first: nothing is opened.

    Raises:
        RecordError: a record cannot be read.
        OSError: a file cannot be read.
    """
    for first, until in segment_bounds(directory):
        for frame in _frames((directory / segment_name(first)).read_bytes(), first, until):
            leaf = parse(frame.leaf)
            if kinds is None or leaf["kind"] in kinds:
                yield seen(leaf)


def _frames(data: bytes, first: int, until: int | None) -> Iterator[Frame]:
    """The records of a segment from `first` on, before `until`; what is behind them is no record.

    Behind the last one of all there may be one that is being written, or whose writer was killed.
    """
    try:
        for following, frame in enumerate(frames(data), start=first + 1):
            yield frame
            if following == until:
                return
    except TornError:
        if until is not None:
            raise


def kept_beside(directory: Path) -> Kept | None:
    """The key register beside a log, or beside a copy of one, if its file is there."""
    directory = gateway_folder(directory)
    path = directory.with_name(f"{directory.name}-register") / "register.db"
    acts = directory.with_name(f"{directory.name}-acts")
    return Kept(rows=SqliteRows(path), acts=acts) if path.is_file() else None


def _unverifiable(why: str) -> Report:
    return Report(
        verdict=Verdict.UNVERIFIABLE,
        origin=None,
        records=0,
        signed=0,
        root="",
        kinds={},
        epochs=0,
        checkpoints=0,
        last_us=None,
        closed=False,
        in_flight=0,
        unpaired=(),
        findings=(finding(Code.FILE_UNREADABLE, why),),
        notes=(),
    )
