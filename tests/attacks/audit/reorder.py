"""Two records change places, so that a request seems to have come before another."""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site, whole


def attack(site: Site) -> Attack:
    """Swap two exchanges of one epoch; every checksum fits."""
    segment = site.segments[0]
    parts = [whole(frame) for frame in site.stored(segment)]
    parts[1:3], parts[3:5] = parts[3:5], parts[1:3]
    return Attack(files=site.with_frames(segment, parts), code=Code.RECORD_REORDERED)
