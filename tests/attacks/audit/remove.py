"""One exchange is taken out of the middle of an epoch."""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site, whole


def attack(site: Site) -> Attack:
    """Leave out an intent and its outcome; every checksum fits."""
    segment = site.segments[0]
    parts = [whole(frame) for frame in site.stored(segment)]
    return Attack(files=site.with_frames(segment, parts[:3] + parts[5:]), code=Code.RECORD_REMOVED)
