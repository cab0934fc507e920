"""Records are rewritten, and a checkpoint over them is signed by somebody without any key."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.frame import frames
from guardrail_gw.audit.note import Checkpoint, sign
from guardrail_gw.audit.record import parse
from guardrail_gw.audit.tree import leaf_hash, root_of
from tests.support.audit_attacks import Attack, Site, rewritten, whole


def attack(site: Site) -> Attack:
    """The checkpoint has the right form, size and root, in the log's name."""
    segment, mine = site.segments[0], Ed25519PrivateKey.generate()
    stored = site.stored(segment)
    parts = [whole(frame) for frame in stored]
    parts[1] = rewritten(stored[1], dec="blocked")
    leaves = [frame.leaf for frame in frames(b"".join(parts))]
    root = root_of([leaf_hash(leaf) for leaf in leaves])
    point = Checkpoint(origin=parse(leaves[0])["origin"], size=len(leaves), root=root)
    points = segment.replace(".seg", ".ckpt")
    return Attack(
        files=site.with_frames(segment, parts) | {points: sign(point, mine, mine) + b"\n"},
        code=Code.CHECKPOINT_FORGED,
    )
