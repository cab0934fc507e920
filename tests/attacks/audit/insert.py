"""A request that nobody sent is put between two others; its checksum and number fit."""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site, rewritten, whole


def attack(site: Site) -> Attack:
    """It needs a content key of its own, and all are taken."""
    segment = site.segments[0]
    stored = site.stored(segment)
    parts = [whole(frame) for frame in stored]
    forged = rewritten(stored[1], seq=3, dec="blocked")
    files = site.with_frames(segment, [*parts[:3], forged, *parts[3:]])
    return Attack(files=files, code=Code.CONTENT_KEY_REUSED)
