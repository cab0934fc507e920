"""Where the verification of a pruned log begins: behind what retention took, as the log says."""

from dataclasses import dataclass
from typing import Any

from guardrail_gw.audit.diagnosis import first_leaf
from guardrail_gw.audit.pruned import PRUNED, Pruned, pruned_of
from guardrail_gw.audit.record import Kind
from guardrail_gw.audit.report import LogFiles
from guardrail_gw.audit.segments import segment_name
from guardrail_gw.audit.tree import CompactRange
from guardrail_gw.keys.vkey import Verifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What is known of the records that are not here."""

    pruned: Pruned
    tree: CompactRange
    """Over all of them, as the first epoch here says: its checkpoints are over it, too."""
    before: dict[str, Any]
    """What the epoch before must have been for the first one here to follow it."""


def begun(log: LogFiles, origin: Verifier, first: int) -> Start | None:
    """Where to begin at record `first`; None unless the origin key has signed that all is pruned.

    Raises:
        OSError: a file cannot be read.
    """
    leaf = first_leaf(log.read(segment_name(first)))
    if leaf is None or leaf["kind"] != Kind.EPOCH or PRUNED not in log.names:
        return None
    pruned = pruned_of(log.read(PRUNED), origin.named(leaf["origin"]))
    if pruned is None or pruned.first < first:
        return None
    try:
        tree = CompactRange(first, map(bytes.fromhex, leaf["range"]))
    except ValueError:
        return None
    before = {"epoch": leaf["epoch"] - 1, "origin": leaf["origin"], "run": leaf["run"]}
    return Start(pruned=pruned, tree=tree, before=before)
