"""A log's tiles as files, below a folder that any web server can serve.

Names are written so that a reader who comes meanwhile finds either the former checkpoint with all
its tiles or the new one with all of its: the checkpoint is replaced last, and nothing is removed.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from guardrail_gw.audit.frame import TornError, frames
from guardrail_gw.audit.note import SignedCheckpoint, parse_checkpoints
from guardrail_gw.audit.record import RecordError
from guardrail_gw.audit.segments import CHECKPOINTS, segment_firsts, segment_name, sync_directory
from guardrail_gw.audit.tiles import CHECKPOINT, tiles
from guardrail_gw.audit.tree import CompactRange, leaf_hash
from guardrail_gw.keys.vkey import Verifier


class NotPublishedError(RecordError):
    """The log cannot be said in tiles: run `audit verify`."""


def publish(directory: Path, key: Verifier, out: Path) -> SignedCheckpoint:
    """Write the tree of a log's latest checkpoint as tiles.

    Args:
        directory: the log's folder; it may be in use.
        key: the origin key; a checkpoint of another key is not published.
        out: the folder that stands for the log's prefix; tiles that are there already stay.

    Returns:
        The checkpoint, which is written as it is stored.

    Raises:
        NotPublishedError: no checkpoint of that key, or the records do not lead to it.
        RecordError: the log cannot be read.
        OSError: a file cannot be read or written.
    """
    signed = _latest(directory)
    if signed is None or not signed.signed_by(key):
        raise NotPublishedError("the log has no checkpoint of this origin key")
    size, tree = signed.checkpoint.size, CompactRange()
    for name, data in tiles(_counted(islice(_leaves(directory), size), tree)):
        _write(out / name, data)
    if (tree.size, tree.root()) != (size, signed.checkpoint.root):
        raise NotPublishedError("the records are not those of the latest checkpoint")
    _write(out / CHECKPOINT, signed.note())
    sync_directory(out)
    return signed


def _counted(leaves: Iterator[bytes], tree: CompactRange) -> Iterator[bytes]:
    for leaf in leaves:
        tree.append(leaf_hash(leaf))
        yield leaf


def _latest(directory: Path) -> SignedCheckpoint | None:
    for path in sorted(directory.glob(f"*{CHECKPOINTS}"), reverse=True):
        found, _ = parse_checkpoints(path.read_bytes())
        if found:
            return found[-1]
    return None


def _leaves(directory: Path) -> Iterator[bytes]:
    """The leaves of all segments, in order; what is behind the last record of one is no record."""
    firsts = segment_firsts(directory)
    for first, until in zip(firsts, [*firsts[1:], None], strict=True):
        data = (directory / segment_name(first)).read_bytes()
        reading = frames(data)
        count = None if until is None else until - first
        try:
            for frame in islice(reading, count):
                yield frame.leaf
        except TornError:
            if until is not None:
                raise


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_bytes(data)
    fresh.replace(path)
