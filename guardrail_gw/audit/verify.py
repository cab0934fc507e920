"""Whether a log is what was written: all of it, in order, unchanged. Public material only.

Pure: bytes and the time come in, a report goes out; `review` reads the files. FORMAT.md, 6 says
what this proves and what it cannot.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from guardrail_gw.audit.frame import Frame, TornError, frames
from guardrail_gw.audit.note import (
    NoteError,
    SignedCheckpoint,
    certificate_text,
    parse_checkpoints,
    parse_note,
)
from guardrail_gw.audit.record import Kind, RecordError, UnknownFormatError, parse, parse_json
from guardrail_gw.audit.report import Finding, LogFiles, Report, Unpaired, Verdict
from guardrail_gw.audit.segments import first_of
from guardrail_gw.audit.tree import CompactRange, leaf_hash
from guardrail_gw.keys.audit_keys import PublicMaterial
from guardrail_gw.keys.vkey import Verifier

__all__ = ["Finding", "LogFiles", "Report", "Unpaired", "Verdict", "verify"]

_SILENCE_US = 120_000_000  # two heartbeats
_YOUNG_US = 5_000_000  # a checkpoint comes every second
LONGEST_REQUEST_US = 900_000_000
"""An intent without an outcome is in flight for at most this long."""


_WORST = (Verdict.TAMPERED, Verdict.UNVERIFIABLE, Verdict.INCOMPLETE, Verdict.OK)


class _Stop(Exception):  # noqa: N818 - leaves the walk, is no error
    """What follows cannot be judged."""


def verify(
    log: LogFiles,
    public: PublicMaterial,
    *,
    kept: bytes | None = None,
    now_us: int | None = None,
    longest_us: int = LONGEST_REQUEST_US,
) -> Report:
    """Check a whole log.

    Args:
        log: its files.
        public: the origin key and the recipients that are supposed to read it.
        kept: a checkpoint of this log that was kept elsewhere; finds a log cut back to before it.
        now_us: makes silence a finding, when the log did not end with a shutdown.
        longest_us: how long a request may take.
    """
    walk = _Walk(public, kept)
    try:
        walk.all(log)
    except _Stop:
        walk.note("what follows the first finding was not checked")
    else:
        walk.ending(now_us)
    return walk.report(now_us, longest_us)


@dataclass(slots=True)
class _Segment:
    """Where the walk is."""

    name: str
    first: int
    until: int | None
    """The next segment's first index."""
    points: dict[int, SignedCheckpoint]
    end: int = 0
    count: int = 0
    excess: bytes = b""
    signed: int = 0
    """Records covered by checkpoints when the segment begins."""
    must_be_signed: bool = False
    """The epoch before ended in order, so a checkpoint covers all of it."""
    gap: bool = False
    content: Counter[str] = field(default_factory=Counter)


class _Walk:
    def __init__(self, public: PublicMaterial, kept: bytes | None) -> None:
        self.public = public
        self.kept_note = kept
        self.kept: SignedCheckpoint | None = None
        self.findings: list[Finding] = []
        self.notes: list[str] = []
        self.tree = CompactRange()
        self.kinds: Counter[str] = Counter()
        self.header: dict[str, Any] = {}
        self.previous: _Segment | None = None
        self.open_intents: dict[int, tuple[int, int]] = {}
        self.last: dict[str, Any] = {}
        self.signed = self.checkpoints = self.epochs = 0
        self.origin_key = public.origin
        self.epoch_key = public.origin

    def note(self, text: str) -> None:
        self.notes.append(text)

    def find(self, verdict: Verdict, what: str, at: _Segment | None = None) -> None:
        file = at.name if at else None
        index = self.tree.size if at else None
        self.findings.append(Finding(verdict=verdict, what=what, file=file, index=index))

    def stop(self, verdict: Verdict, what: str, at: _Segment | None = None) -> _Stop:
        self.find(verdict, what, at)
        return _Stop()

    def require(self, condition: object, what: str, at: _Segment) -> None:
        if not condition:
            raise self.stop(Verdict.TAMPERED, what, at)

    # The files

    def all(self, log: LogFiles) -> None:
        firsts = self._names(log.names)
        if self.kept_note is not None:
            self._read_kept(self.kept_note)
        if not firsts:
            lost = self.kept is not None
            raise self.stop(
                Verdict.TAMPERED if lost else Verdict.UNVERIFIABLE, "there is no segment here"
            )
        if firsts[0] != 0:
            raise self.stop(Verdict.TAMPERED, "the log's first segment is missing")
        for first, until in zip(firsts, [*firsts[1:], None], strict=True):
            self._segment(log, first, until)

    def _names(self, names: tuple[str, ...]) -> list[int]:
        firsts = {n[:-4] for n in names if first_of(n) is not None}
        points = {n[:-5] for n in names if n.endswith(".ckpt")}
        for name in sorted(points - firsts):
            self.find(Verdict.TAMPERED, "checkpoints of a segment that is not there", None)
            self.note(f"{name}.ckpt belongs to no segment")
        for name in sorted(firsts - points):
            self.find(Verdict.TAMPERED, f"the checkpoints of segment {name} are missing")
        known = (
            {f"{n}.seg" for n in firsts}
            | {f"{n}.ckpt" for n in points}
            | {"lock", "ballast", "archived"}
        )
        for name in sorted(set(names) - known):
            self.note(f"{name}: not part of the log")
        return sorted(int(name) for name in firsts)

    def _read_kept(self, note: bytes) -> None:
        try:
            kept = parse_note(note.rstrip(b"\n") + b"\n")
        except NoteError as error:
            self.find(Verdict.UNVERIFIABLE, f"the checkpoint kept elsewhere: {error}")
            return
        if not kept.signed_by(self.public.origin):
            self.find(
                Verdict.UNVERIFIABLE,
                "the checkpoint kept elsewhere is not signed by the origin key",
            )
            return
        self.kept = kept

    def _points(self, log: LogFiles, name: str, *, last: bool) -> dict[int, SignedCheckpoint]:
        if name not in log.names:
            return {}
        try:
            data = log.read(name)
            found, used = parse_checkpoints(data)
        except NoteError as error:
            self.findings.append(Finding(verdict=Verdict.TAMPERED, what=str(error), file=name))
            raise _Stop from None
        if used < len(data):
            what = "the last checkpoint is incomplete"
            if last:
                self.findings.append(Finding(verdict=Verdict.INCOMPLETE, what=what, file=name))
            else:
                self.note(f"{name}: {what}")
        sizes = [p.checkpoint.size for p in found]
        if sizes != sorted(set(sizes)):
            self.findings.append(
                Finding(verdict=Verdict.TAMPERED, what="checkpoints out of order", file=name)
            )
        return {p.checkpoint.size: p for p in found}

    # One segment

    def _segment(self, log: LogFiles, first: int, until: int | None) -> None:
        name = f"{first:020d}.seg"
        points = self._points(log, f"{first:020d}.ckpt", last=until is None)
        at = _Segment(name=name, first=first, until=until, points=points, signed=self.signed)
        self.require(first == self.tree.size, "records before this segment are missing", at)
        data = log.read(name)
        try:
            for frame in self._frames(at, data):
                self._frame(at, frame)
        except _Stop:
            self._hash_rest(at, data)
            raise
        at.excess = data[at.end :]
        self.require(at.count, "a segment without a record", at)
        before = self.previous
        explained = at.gap or before is None or not before.excess
        self.require(explained, "bytes before this segment that no record explains", at)
        signed = at.gap or not at.must_be_signed or at.signed == first
        self.require(signed, "the last checkpoint of the epoch before is missing", at)
        self.require(until in (None, self.tree.size), "records are missing at the end", at)
        beyond = [size for size in points if not first < size <= self.tree.size]
        self.require(not beyond, "a checkpoint covers more records than there are", at)
        if at.excess and until is None:
            self.find(Verdict.INCOMPLETE, "the last record is incomplete", at)
        self.previous = at

    def _hash_rest(self, at: _Segment, data: bytes) -> None:
        """What cannot be read can still be hashed: is it at least what was signed?"""
        if self.findings[-1].verdict is not Verdict.UNVERIFIABLE:
            return
        tree = self.tree.copy()
        with suppress(RecordError):
            for frame in frames(data, at.end):
                tree.append(leaf_hash(frame.leaf))
                point = at.points.get(tree.size)
                if point is not None and point.checkpoint.root != tree.root():
                    self.find(Verdict.TAMPERED, "not the root of a checkpoint", at)
                    return

    def _frames(self, at: _Segment, data: bytes) -> Iterator[Frame]:
        """The frames that belong to the segment; the end may be torn."""
        reading = frames(data)
        while at.until is None or self.tree.size < at.until:
            try:
                frame = next(reading, None)
            except TornError:
                return
            except RecordError as error:
                raise self.stop(Verdict.TAMPERED, str(error), at) from None
            if frame is None:
                return
            yield frame
            at.end = frame.end
            at.count += 1

    def _frame(self, at: _Segment, frame: Frame) -> None:
        leaf = self._leaf(at, frame)
        self.require(leaf["seq"] == self.tree.size, "a record is not in its place", at)
        if at.count == 0:
            self.require(leaf["kind"] == Kind.EPOCH, "a segment begins without an epoch", at)
            self._epoch(at, leaf, frame)
        else:
            self.require(leaf["kind"] != Kind.EPOCH, "an epoch inside a segment", at)
        if at.count == 1 and leaf["kind"] == Kind.GAP:
            self._gap(at, leaf)
        same = all(leaf[name] == self.header[name] for name in ("epoch", "origin"))
        self.require(same, "a record of another epoch or log", at)
        self._kind(at, leaf)
        self.tree.append(leaf_hash(frame.leaf))
        self.kinds[leaf["kind"]] += 1
        self._clock(leaf)
        self.last = leaf
        self._checkpoint(at)

    def _leaf(self, at: _Segment, frame: Frame) -> dict[str, Any]:
        try:
            leaf = parse(frame.leaf)
        except UnknownFormatError as error:
            raise self.stop(Verdict.UNVERIFIABLE, str(error), at) from None
        except RecordError as error:
            raise self.stop(Verdict.TAMPERED, str(error), at) from None
        for name, section in (("xc", frame.content), ("xm", frame.meta), ("xw", frame.wrap)):
            good = sha256(section).hexdigest() == leaf[name] if name in leaf else not section
            self.require(good, "a sealed part is not the one that the record names", at)
        return leaf

    def _epoch(self, at: _Segment, leaf: dict[str, Any], frame: Frame) -> None:
        """New keys: certified by the origin key, sealed to the known recipients only."""
        first = not self.header
        if first:
            self._origin(at, leaf["origin"])
        origin = self.header.get("origin", leaf["origin"])
        self.require(leaf["origin"] == origin, "a segment of another log", at)
        if "prev" in leaf:
            self.require(first, "only a log's first record names a predecessor", at)
            self.find(Verdict.INCOMPLETE, "continues a log that was damaged and set aside")
        number, run = (-1, -1) if first else (self.header["epoch"], self.header["run"])
        self.require(leaf["epoch"] == number + 1, "an epoch is missing", at)
        self.require(
            leaf["run"] - run in ((1,) if first else (0, 1)), "a process run is missing", at
        )
        nodes = tuple(bytes.fromhex(node) for node in leaf["range"])
        self.require(
            nodes == self.tree.nodes, "the records before are not those it was begun on", at
        )
        public = bytes.fromhex(leaf["ck"])
        text = certificate_text(origin, leaf["epoch"], at.first, public)
        certified = self.origin_key.verifies(bytes.fromhex(leaf["cert"]), text)
        self.require(certified, "the epoch's key is not certified by the origin key", at)
        self._recipients(at, frame.wrap)
        if not first:
            self._turn(at, leaf)
        self.epoch_key = Verifier(name=origin, public=public)
        self.header = leaf
        self.epochs += 1

    def _origin(self, at: _Segment, origin: str) -> None:
        if not origin.startswith(f"{self.public.origin.name}/"):
            raise self.stop(Verdict.UNVERIFIABLE, "the log is of another origin than the key", at)
        self.origin_key = self.public.origin.named(origin)
        if self.kept is not None and self.kept.checkpoint.origin != origin:
            self.find(Verdict.UNVERIFIABLE, "the checkpoint kept elsewhere is of another log")
            self.kept = None

    def _recipients(self, at: _Segment, wrap: bytes) -> None:
        known = {r.name: r.public.hex() for r in self.public.recipients}
        try:
            sealed_to = parse_json(wrap).get("to")
        except RecordError as error:
            raise self.stop(Verdict.TAMPERED, str(error), at) from None
        good = isinstance(sealed_to, dict) and sealed_to.items() <= known.items()
        self.require(good, "sealed to a recipient that the public material does not name", at)

    def _turn(self, at: _Segment, leaf: dict[str, Any]) -> None:
        """How the epoch before ended."""
        closed = self.last.get("kind") == Kind.SHUTDOWN
        if leaf["run"] != self.header["run"]:
            if not closed:
                self.note(f"run {self.header['run']} ended without a shutdown record")
        else:
            self.require(not closed, "a process went on after its shutdown", at)
        at.must_be_signed = leaf["run"] == self.header["run"]

    def _gap(self, at: _Segment, leaf: dict[str, Any]) -> None:
        """Bytes at the end of the segment before are left out only where a gap record says so."""
        before, at.gap = self.previous, True
        placed = before and (leaf["segment"], leaf["at"]) == (before.first, before.end)
        self.require(placed, "a gap that does not follow what was cut", at)
        excess = before.excess if before else b""
        whole = len(excess) == leaf["lost"]
        fits = not excess or (whole and sha256(excess).hexdigest() == leaf["sha256"])
        half = leaf["cause"] == "write" and len(excess) < leaf["lost"]
        self.require(fits or half, "the bytes that a gap left out were altered", at)
        self.note(f"{leaf['lost']} bytes were cut before record {leaf['seq']} ({leaf['cause']})")

    def _kind(self, at: _Segment, leaf: dict[str, Any]) -> None:
        kind = leaf["kind"]
        closed = self.last.get("kind") == Kind.SHUTDOWN and at.count > 0
        self.require(not closed, "a record after the shutdown", at)
        self.require(kind != Kind.GAP or at.count == 1, "a gap record inside a segment", at)
        if kind == Kind.INTENT:
            self.open_intents[leaf["seq"]] = (leaf["ts"], self.header["run"])
        elif kind == Kind.OUTCOME:
            answered = self.open_intents.pop(leaf["of"], None)
            self.require(answered, "an outcome without an open intent", at)
        if "ci" in leaf:
            expected = at.content[leaf["cl"]]
            self.require(leaf["ci"] == expected, "a content key was used twice or left out", at)
            at.content[leaf["cl"]] += 1

    def _clock(self, leaf: dict[str, Any]) -> None:
        passed = leaf["ts"] - self.last.get("ts", leaf["ts"])
        if passed < 0:
            self.note(f"the clock went back before record {leaf['seq']}")
        elif passed > _SILENCE_US and leaf["kind"] != Kind.EPOCH:
            self.note(f"{passed // 1_000_000} s without a record before record {leaf['seq']}")

    def _checkpoint(self, at: _Segment) -> None:
        size = self.tree.size
        if self.kept is not None and self.kept.checkpoint.size == size:
            same = self.kept.checkpoint.root == self.tree.root()
            self.require(same, "the records are not those of the checkpoint kept elsewhere", at)
            self.kept = None
        point = at.points.get(size)
        if point is None:
            return
        self.require(point.checkpoint.origin == self.header["origin"], "a foreign checkpoint", at)
        self.require(point.checkpoint.root == self.tree.root(), "not the root of a checkpoint", at)
        good = point.signed_by(self.epoch_key) and point.signed_by(self.public.origin)
        self.require(good, "a checkpoint's signature is not of its epoch and origin", at)
        self.signed = size
        self.checkpoints += 1

    # The end

    def ending(self, now_us: int | None) -> None:
        if self.kept is not None:
            size = self.kept.checkpoint.size
            self.find(
                Verdict.TAMPERED, f"a checkpoint kept elsewhere says {size} records were here"
            )
        if self.signed < self.tree.size:
            what = f"no checkpoint covers the last {self.tree.size - self.signed} records"
            if now_us is not None and now_us - self.last["ts"] < _YOUNG_US:
                self.note(f"{what}; they are seconds old, the log is being written")
            else:
                self.find(Verdict.INCOMPLETE, what)
        if self.last.get("kind") == Kind.SHUTDOWN:
            return
        self.note("no shutdown record at the end: the log is open, or its process was killed")
        if now_us is not None and now_us - self.last["ts"] > _SILENCE_US:
            self.find(
                Verdict.INCOMPLETE, "silent for longer than two heartbeats, without a shutdown"
            )

    def report(self, now_us: int | None, longest_us: int) -> Report:
        closed = self.last.get("kind") == Kind.SHUTDOWN
        unpaired = tuple(self._unpaired(now_us, longest_us, closed=closed))
        if unpaired:
            self.find(Verdict.INCOMPLETE, f"{len(unpaired)} intents have no outcome")
        return Report(
            verdict=next(v for v in _WORST if v is Verdict.OK or self._has(v)),
            origin=self.header.get("origin"),
            records=self.tree.size,
            signed=self.signed,
            root=self.tree.root().hex(),
            kinds=dict(sorted(self.kinds.items())),
            epochs=self.epochs,
            checkpoints=self.checkpoints,
            last_us=self.last.get("ts"),
            closed=closed,
            in_flight=len(self.open_intents) - len(unpaired),
            unpaired=unpaired,
            findings=tuple(self.findings),
            notes=tuple(self.notes),
        )

    def _has(self, verdict: Verdict) -> bool:
        return any(finding.verdict is verdict for finding in self.findings)

    def _unpaired(self, now_us: int | None, longest_us: int, *, closed: bool) -> Iterator[Unpaired]:
        latest = max(self.last.get("ts", 0), now_us or 0)
        for index, (ts, run) in sorted(self.open_intents.items()):
            if closed or run < self.header["run"] or latest - ts > longest_us:
                yield Unpaired(index=index, ts_us=ts)
