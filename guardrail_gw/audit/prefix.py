"""The root over the first records of a log, without reading those before their segment."""

from itertools import islice
from pathlib import Path

from guardrail_gw.audit.frame import frames
from guardrail_gw.audit.record import RecordError, parse
from guardrail_gw.audit.segments import segment_firsts, segment_name
from guardrail_gw.audit.tree import CompactRange, leaf_hash


def root_at(directory: Path, size: int) -> bytes | None:
    """The Merkle root over the first `size` records; None if they cannot be read here.

    The epoch record of a segment is believed for what lies before it: `verify` has judged that.
    """
    try:
        first = max(first for first in segment_firsts(directory) if first < size)
        data = (directory / segment_name(first)).read_bytes()
        leaves = [frame.leaf for frame in islice(frames(data), size - first)]
        tree = CompactRange(first, map(bytes.fromhex, parse(leaves[0])["range"]))
    except (RecordError, OSError, ValueError, LookupError):
        return None
    tree.extend(map(leaf_hash, leaves))
    return tree.root() if tree.size == size else None
