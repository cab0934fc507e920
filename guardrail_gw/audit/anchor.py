"""Whether the log in a folder is the one that was last seen, by what is kept away from it."""

from itertools import islice
from pathlib import Path

from guardrail_gw.audit.frame import TornError, frames
from guardrail_gw.audit.note import Checkpoint
from guardrail_gw.audit.record import RecordError, parse
from guardrail_gw.audit.recovery import NotContinuableError, Resumption
from guardrail_gw.audit.registry import Registry, seat_of
from guardrail_gw.audit.segments import segment_firsts, segment_name
from guardrail_gw.audit.tree import CompactRange, leaf_hash


def check_anchor(registry: Registry, directory: Path, state: Resumption) -> None:
    """Hold the state of a log against the registry.

    Raises:
        NotContinuableError: the log, or all of its folder, was put back to an earlier state, or
            the registry cannot tell: it has the log's name and no checkpoint of it.
        RecordError, OSError: the registry cannot be read.
    """
    if not state.size:
        point = registry.seated(seat_of(directory))
        if point is not None:
            raise NotContinuableError("the log that was in this folder is gone", told(point))
        return
    point = registry.last(state.origin)
    if point is None and state.signed and registry.lists(state.origin):
        reached = Checkpoint(origin=state.origin, size=state.signed, root=state.signed_tree.root())
        raise NotContinuableError("the registry has lost its checkpoint of the log", told(reached))
    if point is not None and not reaches(directory, state.size, point):
        raise NotContinuableError("the log was put back to an earlier state", told(point))


def told(point: Checkpoint) -> dict[str, str | int]:
    """A checkpoint as the first record of the log that follows names it."""
    return {"origin": point.origin, "root": point.root.hex(), "size": point.size}


def reaches(directory: Path, size: int, point: Checkpoint) -> bool:
    """Whether the log of `size` records begins with exactly those of a checkpoint; raises OSError.

    Only the segment in which the checkpoint lies is read: its first record names the tree of all
    before it, and a wrong tree does not lead to the checkpoint's root.
    """
    firsts = [first for first in segment_firsts(directory) if first < point.size]
    if point.size > size or not firsts:
        return False
    data = (directory / segment_name(firsts[-1])).read_bytes()
    try:
        tree: CompactRange | None = None
        for frame in islice(frames(data), point.size - firsts[-1]):
            if tree is None:
                nodes = [bytes.fromhex(node) for node in parse(frame.leaf)["range"]]
                tree = CompactRange(firsts[-1], nodes)
            tree.append(leaf_hash(frame.leaf))
    except (TornError, RecordError, ValueError, KeyError):
        return False
    return tree is not None and (tree.size, tree.root()) == (point.size, point.root)
