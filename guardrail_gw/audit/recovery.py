"""Where a log goes on: the state after its last record, found from the files alone.

Only the segments since the last checkpoint are read, so that a start is quick however long the log
is; `verify` reads all of it. A torn last frame is normal after a power cut: it is cut and a gap
record says so. Anything else that is wrong means that the log cannot be continued.
"""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from guardrail_gw.audit.frame import Frame, TornError, frames
from guardrail_gw.audit.note import SignedCheckpoint, parse_checkpoints
from guardrail_gw.audit.record import Draft, Kind, RecordError, parse
from guardrail_gw.audit.segments import CHECKPOINTS, QUARANTINE, Span, segment_firsts, segment_name
from guardrail_gw.audit.tree import CompactRange, leaf_hash
from guardrail_gw.keys.audit_keys import NO_FLOOR, Floor
from guardrail_gw.keys.vkey import Verifier

_FIRST_BYTES = 1 << 20  # an epoch record under suite 2 and a dozen recipients has 200 kB


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Bytes at the end of a segment that are not part of the log."""

    segment: int
    """The segment's first index."""
    at: int
    lost: int
    """How many bytes there were."""
    sha256: str
    cause: str

    def draft(self) -> Draft:
        """The gap record that says so."""
        said = ("at", "cause", "lost", "segment", "sha256")
        return Draft(kind=Kind.GAP, clear={name: getattr(self, name) for name in said})


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """What a writer needs to go on."""

    origin: str
    size: int
    tree: CompactRange
    epoch: int
    """The number of the next epoch."""
    run: int
    """The number of the next process run."""
    signed: int
    """Records covered by a checkpoint."""
    unsigned: tuple[Span, ...]
    """Where the others lie."""
    signed_tree: CompactRange
    cut: Cut | None = None
    predecessor: dict[str, Any] | None = None
    """Of a log begun anew: the last checkpoint of the log that could not be continued."""


class NotContinuableError(RecordError):
    """The log is damaged in its middle; `last` is the newest checkpoint that could be read."""

    def __init__(self, reason: str, last: dict[str, Any] | None) -> None:
        super().__init__(reason)
        self.last = last


def fresh(name: str, predecessor: dict[str, Any] | None = None) -> Resumption:
    """An empty log with an origin of its own."""
    return Resumption(
        origin=f"{name}/{secrets.token_hex(8)}",
        size=0,
        tree=CompactRange(),
        epoch=0,
        run=0,
        signed=0,
        unsigned=(),
        signed_tree=CompactRange(),
        predecessor=predecessor,
    )


def named_recipients(directory: Path) -> Floor:
    """The newest text of recipients that a log in this folder, or one set aside in it, has named.

    Whoever rolls the text back must be refused, also when the log is damaged: so every folder's
    newest epoch is asked, and what cannot be read says nothing.

    Raises:
        OSError: a file cannot be read.
    """
    floors = [NO_FLOOR]
    if directory.is_dir():
        for folder in (directory, *sorted(directory.glob(f"{QUARANTINE}*"))):
            named = _newest_epoch(folder)
            floors.append(Floor(serial=named.get("rn", 0), digest=named.get("rd", "")))
    return max(floors, key=lambda floor: floor.serial)


def named_origin(directory: Path) -> str | None:
    """The origin that the log in a folder names; None when it cannot be read or there is none."""
    return _newest_epoch(directory).get("origin") if directory.is_dir() else None


def _newest_epoch(folder: Path) -> dict[str, Any]:
    for first in reversed(segment_firsts(folder)):
        with (folder / segment_name(first)).open("rb") as file:
            data = file.read(_FIRST_BYTES)
        with suppress(RecordError, StopIteration):
            return parse(next(frames(data)).leaf)
    return {}


def resume(directory: Path, key: Verifier, cut: Cut | None = None) -> Resumption:
    """Find where the log in `directory` goes on; an empty folder begins one.

    Args:
        directory: the log's folder; this process holds its lock.
        key: the origin key's public half.
        cut: what this very process knows not to be durable.

    Raises:
        NotContinuableError: a frame in the middle is bad, or the records do not lead to the last
            checkpoint's root.
        OSError: a file cannot be read.
    """
    firsts = segment_firsts(directory)
    last: SignedCheckpoint | None = None
    try:
        last = _last_checkpoint(directory)
        _check_present(firsts, last, cut)
        if not firsts:
            return fresh(key.name)
        signed = _signed_size(last, key)
        start = max((f for f in firsts if f < signed), default=firsts[0])
        walk = _Walk(directory, signed, last)
        ahead = firsts[firsts.index(start) :]
        for first, until in zip(ahead, [*ahead[1:], None], strict=True):
            walk.segment(first, until, cut if cut and cut.segment == first else None)
        return walk.end(key.name)
    except RecordError as error:
        raise NotContinuableError(str(error), _predecessor(last)) from None


def _last_checkpoint(directory: Path) -> SignedCheckpoint | None:
    for path in sorted(directory.glob(f"*{CHECKPOINTS}"), reverse=True):
        found, _ = parse_checkpoints(path.read_bytes())
        if found:
            return found[-1]
    return None


def _check_present(firsts: list[int], last: SignedCheckpoint | None, known: Cut | None) -> None:
    """A segment that was there a moment ago, or that was signed, must be there."""
    if (known is not None and known.segment not in firsts) or (last is not None and not firsts):
        raise RecordError("a segment is missing")


def _signed_size(last: SignedCheckpoint | None, key: Verifier) -> int:
    if last is None:
        return 0
    if not last.signed_by(key):
        raise RecordError("the last checkpoint is not signed by the origin key")
    return last.checkpoint.size


def _predecessor(last: SignedCheckpoint | None) -> dict[str, Any] | None:
    if last is None:
        return {"origin": "", "root": "", "size": 0}
    point = last.checkpoint
    return {"origin": point.origin, "root": point.root.hex(), "size": point.size}


class _Walk:
    """Reads segments in order and keeps the state after the last record."""

    def __init__(self, directory: Path, signed: int, last: SignedCheckpoint | None) -> None:
        self.directory = directory
        self.signed = signed
        self.last = last
        self.tree: CompactRange | None = None
        self.signed_tree = CompactRange()
        self.unsigned: list[Span] = []
        self.header: dict[str, Any] = {}
        self.cut: Cut | None = None

    def segment(self, first: int, until: int | None, known: Cut | None) -> None:
        path = self.directory / segment_name(first)
        data = path.read_bytes()
        if self.cut is not None:  # the segment before was cut, this one must say so
            self._expect_gap(data)
        end, start_unsigned = 0, None
        try:
            for frame in frames(data[: known.at] if known else data):
                if self.tree is not None and self.tree.size == until:
                    break  # what follows was given up when the next segment began
                self._frame(first, frame)
                end = frame.end
                if self._size > self.signed and start_unsigned is None:
                    start_unsigned = frame.at
        except TornError as torn:
            end = torn.at
        if end == 0:
            raise RecordError("a segment without a record")
        if start_unsigned is not None:
            self.unsigned.append(Span(path=path, start=start_unsigned, end=end))
        self.cut = known or _torn(first, data, end)

    @property
    def _size(self) -> int:
        return self.tree.size if self.tree else 0

    def _frame(self, first: int, frame: Frame) -> None:
        leaf = parse(frame.leaf)
        if leaf["kind"] == Kind.EPOCH:
            self._epoch(first, leaf)
        if (
            self.tree is None
            or leaf["seq"] != self.tree.size
            or leaf["epoch"] != self.header["epoch"]
        ):
            raise RecordError("a record is not in its place")
        self.tree.append(leaf_hash(frame.leaf))
        if self.tree.size == self.signed:
            self.signed_tree = self.tree.copy()

    def _epoch(self, first: int, leaf: dict[str, Any]) -> None:
        if leaf["seq"] != first:
            raise RecordError("a segment does not begin with its own first record")
        nodes = [bytes.fromhex(node) for node in leaf["range"]]
        if self.tree is not None and tuple(nodes) != self.tree.nodes:
            raise RecordError("a segment does not continue the one before")
        try:
            self.tree = CompactRange(leaf["seq"], nodes)
        except ValueError:
            raise RecordError("an epoch's range does not fit its place") from None
        self.header = leaf

    def _expect_gap(self, data: bytes) -> None:
        found = [parse(frame.leaf) for _, frame in zip(range(2), frames(data), strict=False)]
        named = found[-1] if found else {}
        if (
            self.cut is None
            or named.get("kind") != Kind.GAP
            or (named["segment"], named["at"]) != (self.cut.segment, self.cut.at)
        ):
            raise RecordError("a segment ends in the middle of a record")

    def end(self, name: str) -> Resumption:
        if self.tree is None or self.tree.size < self.signed:
            raise RecordError("there are fewer records than the last checkpoint says")
        if self.last and self.last.checkpoint.root != self.signed_tree.root():
            raise RecordError("the records do not lead to the last checkpoint's root")
        origin = self.header["origin"]
        if not origin.startswith(f"{name}/"):
            raise RecordError("the log belongs to another origin key")
        return Resumption(
            origin=origin,
            size=self.tree.size,
            tree=self.tree,
            epoch=self.header["epoch"] + 1,
            run=self.header["run"] + 1,
            signed=self.signed,
            unsigned=tuple(self.unsigned),
            signed_tree=self.signed_tree,
            cut=self.cut,
        )


def _torn(first: int, data: bytes, end: int) -> Cut | None:
    if end == len(data):
        return None
    tail = data[end:]
    return Cut(segment=first, at=end, lost=len(tail), sha256=sha256(tail).hexdigest(), cause="torn")
