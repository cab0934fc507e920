"""Records are changed, and every checkpoint over them is left out.

The epoch that follows names the tree of all records before it.
"""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site, rewritten, whole


def attack(site: Site) -> Attack:
    """Make a blocked request of an allowed one in the first epoch."""
    segment = site.segments[0]
    stored = site.stored(segment)
    parts = [whole(frame) for frame in stored]
    parts[1] = rewritten(stored[1], dec="blocked")
    points = segment.replace(".seg", ".ckpt")
    return Attack(
        files=site.with_frames(segment, parts) | {points: b""}, code=Code.EPOCH_OTHER_PAST
    )
