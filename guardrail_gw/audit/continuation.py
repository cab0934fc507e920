"""What may follow a log of which a part was accepted already: judged record by record.

Pure. A collector keeps what the last accepted checkpoint says of a log (`Standing`), and holds to
it what it is sent next: whole records, each in its place, epochs that the origin key certifies, and
checkpoints that both keys have signed and whose root the records lead to. `verify` looks at the
whole log and at more (FORMAT.md, 6); this is what must be true before anything is acknowledged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from typing import Any

from guardrail_gw.audit.frame import Frame
from guardrail_gw.audit.note import SignedCheckpoint, certificate_text
from guardrail_gw.audit.record import Kind, RecordError, parse
from guardrail_gw.audit.tree import CompactRange, leaf_hash
from guardrail_gw.keys.vkey import Verifier


class ContradictionError(RecordError):
    """The log's own key has signed something that does not continue what was accepted."""

    def __init__(self, point: SignedCheckpoint, root: bytes, size: int, reason: str) -> None:
        super().__init__(reason)
        self.point = point
        """What was signed."""
        self.root = root
        """What the accepted records, and those that were sent with it, lead to."""
        self.size = size
        """How many records those are: as many as were signed, or those before the first that
        does not fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a log was accepted."""

    origin: str
    size: int = 0
    nodes: tuple[bytes, ...] = ()
    """The tree over those records, as `CompactRange` has it."""
    header: dict[str, Any] = field(default_factory=dict)
    """The leaf of the last epoch."""
    closed: bool = False
    """The last record is a shutdown."""

    def tree(self) -> CompactRange:
        """The tree over what was accepted."""
        return CompactRange(self.size, self.nodes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One accepted record."""

    seq: int
    first: int
    """The segment it lies in."""
    frame: Frame
    epoch: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A checkpoint that the records lead to."""

    point: SignedCheckpoint
    nodes: tuple[bytes, ...]
    first: int
    closed: bool


class Continuation:
    """Records and checkpoints that are to follow a standing."""

    def __init__(
        self, standing: Standing, key: Verifier, points: Sequence[SignedCheckpoint]
    ) -> None:
        """Begin.

        Args:
            standing: what was accepted.
            key: the origin key's public half.
            points: the checkpoints that the records lead to, at least one, in order.

        Raises:
            RecordError: they are not in order, of another log, or not signed by the origin key.
        """
        sizes = [standing.size, *(each.checkpoint.size for each in points)]
        if len(sizes) == 1 or any(b <= a for a, b in pairwise(sizes)):
            raise RecordError("the checkpoints are not in order")
        check_signed(standing.origin, key, points)
        self.accepted: list[Accepted] = []
        self._origin = standing.origin
        self._key = key.named(standing.origin)
        self._points = points
        self._tree = standing.tree()
        self._header = standing.header
        self._closed = standing.closed

    @property
    def is_complete(self) -> bool:
        """Whether the last checkpoint was reached."""
        return len(self.accepted) == len(self._points)

    def take(self, frame: Frame) -> Row:
        """Judge the next record.

        Raises:
            ContradictionError: what was signed does not continue what was accepted.
            RecordError: not the record that belongs here.
        """
        if self.is_complete:
            raise RecordError("a record behind the last checkpoint")
        leaf = parse(frame.leaf)
        for name, section in (("xc", frame.content), ("xm", frame.meta), ("xw", frame.wrap)):
            if sha256(section).hexdigest() != leaf[name] if name in leaf else section:
                raise RecordError("a sealed part is not the one that its record names")
        if leaf["origin"] != self._origin or leaf["seq"] != self._tree.size:
            raise RecordError("a record is not in its place")
        begins = leaf["kind"] == Kind.EPOCH
        if begins:
            self._epoch(leaf)
        self._follows(leaf)
        seq = self._tree.size
        self._tree.append(leaf_hash(frame.leaf))
        self._closed = leaf["kind"] == Kind.SHUTDOWN
        self._checkpoint()
        return Row(seq=seq, first=self._header["seq"], frame=frame, epoch=begins)

    def _epoch(self, leaf: dict[str, Any]) -> None:
        """New keys, in their turn, certified by the origin key."""
        before = self._header
        number, run = (before["epoch"], before["run"]) if before else (-1, -1)
        nodes = tuple(bytes.fromhex(node) for node in leaf["range"])
        turns = (1,) if not before or self._closed else (0, 1)
        fits = leaf["epoch"] == number + 1 and leaf["run"] - run in turns
        if not fits or nodes != self._tree.nodes:
            raise self._contradiction("an epoch has another past")
        public = bytes.fromhex(leaf["ck"])
        text = certificate_text(self._origin, leaf["epoch"], leaf["seq"], public)
        if not self._key.verifies(bytes.fromhex(leaf["cert"]), text):
            raise RecordError("an epoch is not certified by the origin key")
        self._header, self._closed = leaf, False

    def _follows(self, leaf: dict[str, Any]) -> None:
        header, kind = self._header, leaf["kind"]
        if not header or any(leaf[name] != header[name] for name in ("epoch", "suite", "v")):
            raise RecordError("a record is not of its epoch")
        if kind == Kind.GAP and leaf["seq"] != header["seq"] + 1:
            raise RecordError("a gap record is not the second of its segment")
        if kind == Kind.OUTCOME and leaf["of"] >= leaf["seq"]:
            raise RecordError("an outcome names a record behind it")
        if self._closed:
            raise RecordError("a record follows a shutdown")

    def _checkpoint(self) -> None:
        point = self._points[len(self.accepted)]
        if point.checkpoint.size != self._tree.size:
            return
        if point.checkpoint.root != self._tree.root():
            raise self._contradiction("the records do not lead to the signed root")
        if not point.signed_by(Verifier(name=self._origin, public=self._public)):
            raise RecordError("a checkpoint is not signed by its epoch's key")
        accepted = Accepted(
            point=point, nodes=self._tree.nodes, first=self._header["seq"], closed=self._closed
        )
        self.accepted.append(accepted)

    @property
    def _public(self) -> bytes:
        return bytes.fromhex(self._header["ck"])

    def _contradiction(self, reason: str) -> ContradictionError:
        tree = self._tree
        return ContradictionError(self._points[len(self.accepted)], tree.root(), tree.size, reason)


def check_signed(origin: str, key: Verifier, points: Sequence[SignedCheckpoint]) -> None:
    """Hold checkpoints to the log's name and its origin key.

    Raises:
        RecordError: one is of another log or not signed by that key.
    """
    for each in points:
        if each.checkpoint.origin != origin:
            raise RecordError("a checkpoint is of another log")
        if not each.signed_by(key):
            raise RecordError("a checkpoint is not signed by the origin key")
