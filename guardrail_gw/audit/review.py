"""What an auditor does with a log's folder: verify it, and open it with private keys.

Runs where the auditor's key is, never in the gateway.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from guardrail_gw.audit.findings import Code, finding
from guardrail_gw.audit.frame import Frame, TornError, frames
from guardrail_gw.audit.proof import check, decode, prove
from guardrail_gw.audit.record import Kind, RecordError, head_of, parse, parse_json
from guardrail_gw.audit.registry import checkpoint_name
from guardrail_gw.audit.seal import CHAINS, META, Chain, StrangerError, decrypt, open_chain
from guardrail_gw.audit.segments import segment_firsts, segment_name
from guardrail_gw.audit.standing import origin_of, read_listing, with_finding
from guardrail_gw.audit.verify import LogFiles, Report, Verdict, verify
from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.audit_keys import PublicMaterial, load_public


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a record lies: its segment's first index, and the byte there."""

    segment: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One record as its reader sees it."""

    index: int
    kind: str
    ts_us: int
    leaf: dict[str, Any]
    meta: dict[str, Any] | None = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)
    level: str | None = None
    """Of the content; with `content` None, these keys do not open it."""
    place: Place = Place(segment=0, at=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Folders beside a log's own."""

    registry: Path | None = None
    """Lists all logs of the origin key and holds their last checkpoints."""
    archive: Path | None = None
    """Where segments were archived; those that the log's folder lacks are taken from there."""


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
        kept = checkpoint.read_bytes() if checkpoint else None
        if (registry := elsewhere.registry) is not None:
            kept = kept or _kept_elsewhere(directory, registry)
        log = read_log(directory, elsewhere.archive)
        log = log if told is None else _counted(log, told)
        report = verify(log, material, kept=kept, now_us=now_us)
        return report if registry is None else _registered(report, registry, material)
    except (ConfigError, OSError) as error:
        return _unverifiable(str(error))


def _kept_elsewhere(directory: Path, registry: Path) -> bytes | None:
    """The registry's checkpoint of a log; whether it is good is for `verify` to say."""
    path = registry / checkpoint_name(origin_of(directory) or "/")
    return path.read_bytes() if path.exists() else None


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


def show(
    directory: Path,
    keys: Sequence[X25519PrivateKey],
    *,
    request: str | None = None,
    kinds: frozenset[str] | None = None,
    first: int = 0,
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

    Raises:
        SealError: none of the keys opens the log, or something in it was altered.
        RecordError: a record cannot be read.
        OSError: a file cannot be read.
    """
    firsts = segment_firsts(directory)
    for begin, until in zip(firsts, [*firsts[1:], None], strict=True):
        if begin < first:
            continue
        data = (directory / segment_name(begin)).read_bytes()
        for opened in _segment(_frames(data, begin, until), keys):
            if kinds is not None and opened.kind not in kinds:
                continue
            if request is None or (opened.meta or {}).get("request") == request:
                yield opened


def open_at(
    directory: Path, keys: Sequence[X25519PrivateKey], segment: int, at: Sequence[int]
) -> list[Opened]:
    """Open single records of one segment, whose bytes are known.

    Args:
        directory: the log's folder.
        keys: as for `show`.
        segment: the segment's first index.
        at: the bytes at which the records' frames begin, ascending; not the epoch's.

    Raises:
        SealError, RecordError, OSError: as `show`.
    """
    data = (directory / segment_name(segment)).read_bytes()
    chosen = [next(frames(data, start), None) for start in (0, *at)]
    if any(frame is None for frame in chosen):
        raise RecordError("the segment is shorter than it was")
    return list(_segment((f for f in chosen if f is not None), keys))[1:]


def leaves(directory: Path, *, kinds: frozenset[str] | None = None) -> Iterator[Opened]:
    """The records of a log as anybody may see them, oldest first: nothing is opened.

    Raises:
        RecordError: a record cannot be read.
        OSError: a file cannot be read.
    """
    firsts = segment_firsts(directory)
    for first, until in zip(firsts, [*firsts[1:], None], strict=True):
        for frame in _frames((directory / segment_name(first)).read_bytes(), first, until):
            leaf = parse(frame.leaf)
            if kinds is None or leaf["kind"] in kinds:
                yield _opened(leaf, frame, {}, 0)


def _segment(segment: Iterable[Frame], keys: Sequence[X25519PrivateKey]) -> Iterator[Opened]:
    chains: dict[str, Chain | None] = {}
    first = 0
    for frame in segment:
        leaf = parse(frame.leaf)
        if leaf["kind"] == Kind.EPOCH:
            first, chains = leaf["seq"], _chains(leaf, frame, keys)
        yield _opened(leaf, frame, chains, leaf["seq"] - first - 1)


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


def _chains(
    leaf: dict[str, Any], frame: Frame, keys: Sequence[X25519PrivateKey]
) -> dict[str, Chain | None]:
    place = (leaf["origin"], leaf["epoch"])
    chains = {
        chain: open_chain(frame.wrap, chain, leaf[f"kc_{chain}"], place, keys) for chain in CHAINS
    }
    if chains[META] is None:
        raise StrangerError("none of these keys opens this log")
    return chains


def _opened(
    leaf: dict[str, Any], frame: Frame, chains: dict[str, Chain | None], position: int
) -> Opened:
    meta = content = None
    salt = bytes.fromhex(leaf.get("salt", ""))
    meta_chain, level = chains.get(META), leaf.get("cl")
    if "xm" in leaf and meta_chain is not None:
        key = meta_chain.take_at(position, leaf["seq"], salt)
        meta = parse_json(decrypt(key, frame.meta, head_of(frame.leaf)))
    content_chain = chains.get(level) if level else None
    if content_chain is not None:
        key = content_chain.take_at(leaf["ci"], leaf["seq"], salt)
        content = decrypt(key, frame.content, head_of(frame.leaf))
    return Opened(
        index=leaf["seq"],
        kind=leaf["kind"],
        ts_us=leaf["ts"],
        leaf=leaf,
        meta=meta,
        content=content,
        level=level,
        place=Place(segment=leaf["seq"] - 1 - position, at=frame.at),
    )


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
