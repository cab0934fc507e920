"""What was done to a log, once it is sure that something was: so that a finding can name it.

Nothing here decides whether a log is whole. What is asked is in the hands of whoever altered the
log, so an answer is a description of what lies there, not a proof of how it came about.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from typing import Any

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.frame import Frame, frames
from guardrail_gw.audit.note import SignedCheckpoint
from guardrail_gw.audit.record import Kind, RecordError, parse
from guardrail_gw.audit.report import LogFiles
from guardrail_gw.audit.segments import first_of
from guardrail_gw.keys.vkey import Verifier


def misplaced(found: int, expected: int, rest: Iterable[Frame]) -> Code:
    """Why record `found` stands where `expected` belongs; `rest` are the frames behind it."""
    if found < expected:
        return Code.RECORD_REPEATED
    with suppress(RecordError):
        if any(parse(frame.leaf)["seq"] == expected for frame in rest):
            return Code.RECORD_REORDERED
    return Code.RECORD_REMOVED


def unsuitable(section: bytes, log: LogFiles) -> Code:
    """Why a sealed part is not its record's: another record's, or altered."""
    named = sha256(section).hexdigest().encode()
    moved = section and any(named in log.read(name) for name in _segments(log))
    return Code.SECTION_MOVED if moved else Code.SECTION_ALTERED


def unsigned(point: SignedCheckpoint, log: LogFiles) -> Code:
    """Why a checkpoint's signature is wrong: by another epoch of the log, or by no key of it."""
    for leaf in _epochs(log):
        key = Verifier(name=point.checkpoint.origin, public=bytes.fromhex(leaf["ck"]))
        if point.signed_by(key):
            return Code.CHECKPOINT_RESEALED
    return Code.CHECKPOINT_FORGED


def ended_early(epoch: int, following: str, log: LogFiles) -> Code:
    """Why records lack between epoch number `epoch` and the segment that follows."""
    leaf = first_leaf(log.read(following))
    whole = leaf is not None and leaf["kind"] == Kind.EPOCH and leaf["epoch"] > epoch + 1
    return Code.EPOCH_REMOVED if whole else Code.SEGMENT_CUT


def _epochs(log: LogFiles) -> Iterator[dict[str, Any]]:
    for name in _segments(log):
        leaf = first_leaf(log.read(name))
        if leaf is not None and leaf["kind"] == Kind.EPOCH:
            yield leaf


def first_leaf(data: bytes) -> dict[str, Any] | None:
    """The leaf that a segment begins with; None if it cannot be read."""
    try:
        return parse(next(frames(data)).leaf)
    except (RecordError, StopIteration):
        return None


def _segments(log: LogFiles) -> Iterator[str]:
    return (name for name in log.names if first_of(name) is not None)
