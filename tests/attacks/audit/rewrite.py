"""A record is rewritten by somebody who has no key; the checksums fit."""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site, rewritten, whole


def attack(site: Site) -> Attack:
    """Make a blocked request of an allowed one."""
    segment = site.segments[0]
    stored = site.stored(segment)
    parts = [whole(frame) for frame in stored]
    parts[1] = rewritten(stored[1], dec="blocked")
    return Attack(files=site.with_frames(segment, parts), code=Code.CHECKPOINT_OTHER_RECORDS)
