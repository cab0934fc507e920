"""Whether a log is what was written: all of it, in order, unchanged. Public material only.

Pure: bytes and the time come in, a report goes out; `review` reads the files. FORMAT.md, 6 says
what this proves and what it cannot.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from sys import maxsize
from typing import Any

from guardrail_gw.audit import diagnosis
from guardrail_gw.audit.findings import Code, Finding, Verdict, finding
from guardrail_gw.audit.frame import Frame, TornError, frames
from guardrail_gw.audit.inventory import Points, inventory, read_kept, read_points
from guardrail_gw.audit.note import NoteError, SignedCheckpoint, certificate_text
from guardrail_gw.audit.pruned_start import begun
from guardrail_gw.audit.record import Kind, RecordError, UnknownFormatError, parse
from guardrail_gw.audit.report import LogFiles, Report, Unpaired
from guardrail_gw.audit.sealed_to import sealed_wrongly
from guardrail_gw.audit.segments import CHECKPOINTS, SEGMENT, segment_name
from guardrail_gw.audit.stride import Intents, Stride
from guardrail_gw.audit.tree import CompactRange, leaf_hash
from guardrail_gw.audit.walked import Walked
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
    kept: Iterable[bytes] = (),
    now_us: int | None = None,
    longest_us: int = LONGEST_REQUEST_US,
) -> Report:
    """Check a whole log.

    Args:
        log: its files.
        public: the origin key and the recipients that are supposed to read it.
        kept: checkpoints of this log that were kept elsewhere; find a log cut back to before one.
        now_us: makes silence a finding, when the log did not end with a shutdown.
        longest_us: how long a request may take.
    """
    walk = _Walk(log, public, kept)
    try:
        walk.all()
    except _Stop:
        walk.note("what follows the first finding was not checked")
    else:
        walk.ending(now_us)
    return walk.report(now_us, longest_us)


class _Walk:
    def __init__(self, log: LogFiles, public: PublicMaterial, kept: Iterable[bytes]) -> None:
        self.log = log
        self.public = public
        self.kept_notes = kept
        self.kept: list[SignedCheckpoint] = []
        self.findings: list[Finding] = []
        self.notes: list[str] = []
        self.tree = CompactRange()
        self.kinds: dict[str, int] = dict.fromkeys(Kind, 0)
        self.header: dict[str, Any] = {}
        self.previous: Walked | None = None
        self.open_intents: Intents = {}
        self.last_us: int | None = None
        self.closed = False
        """The last record is a shutdown."""
        self.signed = self.checkpoints = self.epochs = 0
        self.absent = 0
        """So many records, the first, were pruned."""
        self.answered: set[int] = set()
        """Intents among those, whose outcomes are here."""
        self.origin_key = public.origin
        self.epoch_key = public.origin

    def note(self, text: str) -> None:
        self.notes.append(text)

    def find(self, code: Code, detail: str = "", at: Walked | None = None) -> None:
        place = (at.name, self.tree.size) if at else (None, None)
        self.findings.append(finding(code, detail, file=place[0], index=place[1]))

    def stop(self, code: Code, detail: str = "", at: Walked | None = None) -> _Stop:
        self.find(code, detail, at)
        return _Stop()

    def require(self, condition: object, code: Code, at: Walked) -> None:
        if not condition:
            raise self.stop(code, at=at)

    # The files

    def all(self) -> None:
        firsts = self._inventory()
        self._read_kept()
        if not firsts:
            raise self.stop(Code.KEPT_ROLLED_BACK if self.kept else Code.LOG_ABSENT)
        if firsts[0] != 0:
            self._pruned(firsts[0])
        for first, until in zip(firsts, [*firsts[1:], None], strict=True):
            self._segment(first, until)

    def _pruned(self, first: int) -> None:
        """Begin where retention has left the log, if the origin key says that it did."""
        start = begun(self.log, self.public.origin, first)
        if start is None:
            raise self.stop(Code.SEGMENT_REMOVED, "the log's first")
        said = f"records 0 to {first - 1} are not here; kept for {start.pruned.keep_days} days"
        self.find(Code.SEGMENT_PRUNED, said)
        self._origin(None, start.pruned.origin)
        self.header, self.tree = start.before, start.tree
        self.signed = self.absent = first
        for kept in [kept for kept in self.kept if kept.checkpoint.size <= first]:
            size, root = kept.checkpoint.size, kept.checkpoint.root
            if size == first and root != self.tree.root():
                raise self.stop(Code.KEPT_FORKED)
            if size < first:
                self.note(f"a checkpoint that was kept covers {size} records, which are not here")
            self.kept.remove(kept)

    def _inventory(self) -> list[int]:
        firsts, found, others = inventory(self.log.names)
        self.findings += found
        self.notes += [f"{name}: not part of the log" for name in others]
        return firsts

    def _read_kept(self) -> None:
        for kept in (read_kept(note, self.public.origin) for note in self.kept_notes):
            if isinstance(kept, Finding):
                self.findings.append(kept)
            else:
                self.kept.append(kept)

    def _points(self, name: str, *, last: bool) -> Points:
        if name not in self.log.names:
            return {}
        try:
            points, found = read_points(self.log.read(name), name)
        except NoteError as error:
            self.findings.append(finding(Code.CHECKPOINT_ALTERED, str(error), file=name))
            raise _Stop from None
        for wrong in found:
            if wrong.code is Code.CHECKPOINT_TORN and not last:
                self.note(f"{name}: {wrong.what}")
            else:
                self.findings.append(wrong)
        return points

    # One segment

    def _segment(self, first: int, until: int | None) -> None:
        points = self._points(segment_name(first).replace(SEGMENT, CHECKPOINTS), last=until is None)
        at = Walked(segment_name(first), first, until, points, signed=self.signed)
        at.stops = sorted({*points, until or maxsize, *self._kept_sizes()})
        self.require(first == self.tree.size, Code.SEGMENT_REMOVED, at)
        data = self.log.read(at.name)
        try:
            self._records(at, data)
        except _Stop:
            self._hash_rest(at, data)
            raise
        at.excess = data[at.end :]
        self._segment_end(at)
        if at.excess and until is None:
            self.find(Code.RECORD_TORN, at=at)
        self.previous = at

    def _segment_end(self, at: Walked) -> None:
        self.require(at.count, Code.SEGMENT_EMPTY, at)
        before = self.previous
        explained = at.gap or before is None or not before.excess
        self.require(explained, Code.SEGMENT_EXCESS, at)
        signed = at.gap or not at.must_be_signed or at.signed == at.first
        self.require(signed, Code.CHECKPOINT_LAST_REMOVED, at)
        if at.until is not None and self.tree.size != at.until:
            early = diagnosis.ended_early(self.header["epoch"], segment_name(at.until), self.log)
            raise self.stop(early, f"records {self.tree.size} to {at.until - 1} are missing", at)
        beyond = [size for size in at.points if not at.first < size <= self.tree.size]
        if beyond:
            there = f"{max(beyond)} were signed, {self.tree.size} are here"
            raise self.stop(Code.LOG_TRUNCATED, there, at)

    def _hash_rest(self, at: Walked, data: bytes) -> None:
        """What cannot be read can still be hashed: is it at least what was signed?"""
        if self.findings[-1].verdict is not Verdict.UNVERIFIABLE:
            return
        tree = self.tree.copy()
        with suppress(RecordError):
            for frame in frames(data, at.end):
                tree.append(leaf_hash(frame.leaf))
                point = at.points.get(tree.size)
                if point is not None and point.checkpoint.root != tree.root():
                    self.find(Code.CHECKPOINT_OTHER_RECORDS, at=at)
                    return

    def _records(self, at: Walked, data: bytes) -> None:
        """The records that belong to the segment; the end may be torn."""
        while at.until is None or self.tree.size < at.until:
            if self._stride(at, data):
                continue
            try:
                frame = next(frames(data, at.end), None)
            except TornError:
                return
            except RecordError as error:
                raise self.stop(Code.RECORD_CORRUPT, str(error), at) from None
            if frame is None:
                return
            self._frame(at, frame, data)
            at.end = frame.end
            at.count += 1

    def _stride(self, at: Walked, data: bytes) -> bool:
        """Take the ordinary records before the next checkpoint at once, if there are any."""
        stride, size = at.stride, self.tree.size
        if stride is None or self.closed:
            return False
        taken = stride.take(data, at.stop(size), (at.end, size, self.last_us or 0))
        if taken:
            self.tree.extend(stride.hashes)
            self.kinds[Kind.OUTCOME] += stride.outcomes
            self.kinds[Kind.INTENT] += taken - stride.outcomes
            self.last_us = stride.ts
            at.end, at.count = stride.end, at.count + taken
            self._checkpoint(at)
        return bool(taken)

    def _frame(self, at: Walked, frame: Frame, data: bytes) -> None:
        leaf = self._leaf(at, frame)
        self._in_place(at, leaf, frames(data, frame.end))
        if at.count == 0:
            self.require(leaf["kind"] == Kind.EPOCH, Code.EPOCH_ABSENT, at)
            self._epoch(at, leaf, frame)
        else:
            self.require(leaf["kind"] != Kind.EPOCH, Code.EPOCH_INSIDE, at)
            self.require(leaf["epoch"] == self.header["epoch"], Code.RECORD_FOREIGN, at)
        if at.count == 1 and leaf["kind"] == Kind.GAP:
            self._gap(at, leaf)
        same = all(leaf[name] == self.header[name] for name in ("v", "suite"))
        self.require(same, Code.RECORD_FOREIGN, at)
        self._kind(at, leaf)
        self.tree.append(leaf_hash(frame.leaf))
        self.kinds[leaf["kind"]] += 1
        self._clock(leaf)
        self.closed = leaf["kind"] == Kind.SHUTDOWN
        self._checkpoint(at)

    def _leaf(self, at: Walked, frame: Frame) -> dict[str, Any]:
        try:
            leaf = parse(frame.leaf)
        except UnknownFormatError as error:
            raise self.stop(Code.FORMAT_UNKNOWN, str(error), at) from None
        except RecordError as error:
            raise self.stop(Code.RECORD_MALFORMED, str(error), at) from None
        for name, section in (("xc", frame.content), ("xm", frame.meta), ("xw", frame.wrap)):
            good = sha256(section).hexdigest() == leaf[name] if name in leaf else not section
            if not good:
                raise self.stop(diagnosis.unsuitable(section, self.log), at=at)
        return leaf

    def _in_place(self, at: Walked, leaf: dict[str, Any], rest: Iterator[Frame]) -> None:
        if leaf["origin"] != self.header.get("origin", leaf["origin"]):
            begins = at.count == 0 and leaf["kind"] == Kind.EPOCH
            raise self.stop(Code.SEGMENT_FOREIGN if begins else Code.RECORD_FOREIGN, at=at)
        if leaf["seq"] != self.tree.size:
            code = diagnosis.misplaced(leaf["seq"], self.tree.size, rest)
            raise self.stop(code, f"record {leaf['seq']} stands in this place", at)

    def _epoch(self, at: Walked, leaf: dict[str, Any], frame: Frame) -> None:
        """New keys: certified by the origin key, sealed to the known recipients only."""
        first = not self.header
        if first:
            self._origin(at, leaf["origin"])
        origin = leaf["origin"]
        if "prev" in leaf:
            self.require(first, Code.EPOCH_PREDECESSOR, at)
            self.find(Code.LOG_CONTINUED)
        number, run = (-1, -1) if first else (self.header["epoch"], self.header["run"])
        self.require(leaf["epoch"] == number + 1, Code.EPOCH_REMOVED, at)
        self.require(leaf["run"] - run in ((1,) if first else (0, 1)), Code.RUN_REMOVED, at)
        nodes = tuple(bytes.fromhex(node) for node in leaf["range"])
        self.require(nodes == self.tree.nodes, Code.EPOCH_OTHER_PAST, at)
        public = bytes.fromhex(leaf["ck"])
        text = certificate_text(origin, leaf["epoch"], at.first, public)
        certified = self.origin_key.verifies(bytes.fromhex(leaf["cert"]), text)
        self.require(certified, Code.EPOCH_UNCERTIFIED, at)
        if wrong := sealed_wrongly(leaf, frame.wrap, self.header, self.public):
            raise self.stop(wrong, at=at)
        if not first:
            self._turn(at, leaf)
        self.epoch_key = Verifier(name=origin, public=public)
        self.header = leaf
        self.epochs += 1
        at.stride = Stride(leaf, self.open_intents, _SILENCE_US)

    def _origin(self, at: Walked | None, origin: str) -> None:
        if not origin.startswith(f"{self.public.origin.name}/"):
            raise self.stop(Code.LOG_OTHER_KEY, at=at)
        self.origin_key = self.public.origin.named(origin)
        if any(kept.checkpoint.origin != origin for kept in self.kept):
            self.find(Code.KEPT_OTHER_LOG)
            self.kept = [kept for kept in self.kept if kept.checkpoint.origin == origin]

    def _turn(self, at: Walked, leaf: dict[str, Any]) -> None:
        """How the epoch before ended."""
        if leaf["run"] != self.header["run"]:
            if not self.closed:
                self.note(f"run {self.header['run']} ended without a shutdown record")
        else:
            self.require(not self.closed, Code.RUN_REOPENED, at)
        at.must_be_signed = leaf["run"] == self.header["run"]

    def _gap(self, at: Walked, leaf: dict[str, Any]) -> None:
        """Bytes at the end of the segment before are left out only where a gap record says so."""
        before, at.gap = self.previous, True
        if before is None and leaf["segment"] < self.absent:
            return  # what was cut lies in the archive
        placed = before and (leaf["segment"], leaf["at"]) == (before.first, before.end)
        self.require(placed, Code.GAP_MISPLACED, at)
        excess = before.excess if before else b""
        whole = len(excess) == leaf["lost"]
        fits = not excess or (whole and sha256(excess).hexdigest() == leaf["sha256"])
        half = leaf["cause"] == "write" and len(excess) < leaf["lost"]
        self.require(fits or half, Code.GAP_ALTERED, at)
        self.note(f"{leaf['lost']} bytes were cut before record {leaf['seq']} ({leaf['cause']})")

    def _kind(self, at: Walked, leaf: dict[str, Any]) -> None:
        kind = leaf["kind"]
        self.require(not (self.closed and at.count), Code.RECORD_AFTER_SHUTDOWN, at)
        self.require(kind != Kind.GAP or at.count == 1, Code.GAP_INSIDE, at)
        if kind == Kind.INTENT:
            self.open_intents[leaf["seq"]] = (leaf["ts"], self.header["run"])
        elif kind == Kind.OUTCOME:
            answered = self.open_intents.pop(leaf["of"], None) or self._answers_absent(leaf["of"])
            self.require(answered, Code.OUTCOME_UNMATCHED, at)
        if "ci" in leaf and at.stride is not None:
            contents, chain = at.stride.contents, leaf.get("sid", leaf["cl"])
            begins = "sid" in leaf and not leaf["ci"]
            fits = leaf["ci"] == contents[chain] and ("xw" in leaf) == begins
            self.require(fits, Code.CONTENT_KEY_REUSED, at)
            contents[chain] += 1

    def _answers_absent(self, intent: int) -> bool:
        """Whether an outcome is the first to an intent that was pruned."""
        first = intent < self.absent and intent not in self.answered
        self.answered.add(intent)
        return first

    def _clock(self, leaf: dict[str, Any]) -> None:
        passed = leaf["ts"] - (self.last_us or leaf["ts"])
        if passed < 0:
            self.note(f"the clock went back before record {leaf['seq']}")
        elif passed > _SILENCE_US and leaf["kind"] != Kind.EPOCH:
            self.note(f"{passed // 1_000_000} s without a record before record {leaf['seq']}")
        self.last_us = leaf["ts"]

    def _checkpoint(self, at: Walked) -> None:
        size = self.tree.size
        for kept in [kept for kept in self.kept if kept.checkpoint.size == size]:
            self.require(kept.checkpoint.root == self.tree.root(), Code.KEPT_FORKED, at)
            self.kept.remove(kept)
        point = at.points.get(size)
        if point is None:
            return
        here = point.checkpoint.origin == self.header["origin"]
        self.require(here, Code.CHECKPOINT_FOREIGN, at)
        same = point.checkpoint.root == self.tree.root()
        self.require(same, Code.CHECKPOINT_OTHER_RECORDS, at)
        if not (point.signed_by(self.epoch_key) and point.signed_by(self.public.origin)):
            raise self.stop(diagnosis.unsigned(point, self.log), at=at)
        self.signed = size
        self.checkpoints += 1

    def _kept_sizes(self) -> tuple[int, ...]:
        return tuple(kept.checkpoint.size for kept in self.kept)

    # The end

    def ending(self, now_us: int | None) -> None:
        if self.kept:
            size = max(self._kept_sizes())
            self.find(Code.KEPT_ROLLED_BACK, f"{size} records were here, {self.tree.size} are left")
        quiet_us = (now_us or 0) - (self.last_us or 0)
        if self.signed < self.tree.size:
            unsigned = f"{self.tree.size - self.signed} records"
            if now_us is not None and abs(quiet_us) < _YOUNG_US:
                self.note(f"no checkpoint covers the last {unsigned}: they are seconds old")
            else:
                self.find(Code.RECORD_UNSIGNED, unsigned)
        if self.closed:
            return
        self.note("no shutdown record at the end: the log is open, or its process was killed")
        if now_us is not None and quiet_us > _SILENCE_US:
            self.find(Code.LOG_SILENT)

    def report(self, now_us: int | None, longest_us: int) -> Report:
        unpaired = tuple(self._unpaired(now_us, longest_us))
        if unpaired:
            self.find(Code.INTENT_UNANSWERED, f"{len(unpaired)} intents")
        return Report(
            verdict=next(v for v in _WORST if v is Verdict.OK or self._has(v)),
            origin=self.header.get("origin"),
            records=self.tree.size,
            signed=self.signed,
            root=self.tree.root().hex(),
            kinds={str(kind): count for kind, count in sorted(self.kinds.items()) if count},
            epochs=self.epochs,
            checkpoints=self.checkpoints,
            last_us=self.last_us,
            closed=self.closed,
            in_flight=len(self.open_intents) - len(unpaired),
            unpaired=unpaired,
            findings=tuple(self.findings),
            notes=tuple(self.notes),
        )

    def _has(self, verdict: Verdict) -> bool:
        return any(found.verdict is verdict for found in self.findings)

    def _unpaired(self, now_us: int | None, longest_us: int) -> Iterator[Unpaired]:
        latest = max(self.last_us or 0, now_us or 0)
        for index, (ts, run) in sorted(self.open_intents.items()):
            if self.closed or run < self.header["run"] or latest - ts > longest_us:
                yield Unpaired(index=index, ts_us=ts)
