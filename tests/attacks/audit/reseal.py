"""Old records are rewritten and signed with a newer epoch's key (as in CVE-2023-31437 ff.).

The attacker has taken over the gateway in its last epoch: that epoch's key and the origin key are
in hand, the key of the epoch to be rewritten is gone.
"""

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.frame import frames
from guardrail_gw.audit.note import Checkpoint, sign
from guardrail_gw.audit.record import parse
from guardrail_gw.audit.tree import leaf_hash, root_of
from tests.support.audit_attacks import Attack, Site, rewritten, whole


def attack(site: Site) -> Attack:
    """Make a blocked request of an allowed one, and sign the first epoch anew."""
    segment = site.segments[0]
    stored = site.stored(segment)
    parts = [whole(frame) for frame in stored]
    parts[1] = rewritten(stored[1], dec="blocked")
    leaves = [frame.leaf for frame in frames(b"".join(parts))]
    point = Checkpoint(
        origin=parse(leaves[0])["origin"],
        size=len(leaves),
        root=root_of([leaf_hash(leaf) for leaf in leaves]),
    )
    note = sign(point, site.epoch_keys[-1], site.made.keys.signer) + b"\n"
    points = segment.replace(".seg", ".ckpt")
    return Attack(
        files=site.with_frames(segment, parts) | {points: note}, code=Code.CHECKPOINT_RESEALED
    )
