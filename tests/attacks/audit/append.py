"""Bytes are added behind an epoch's last record, where a reader might look no more."""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site, whole


def attack(site: Site) -> Attack:
    """Add a whole record, with a checksum that fits."""
    segment = site.segments[0]
    added = whole(site.stored(segment)[-1])
    return Attack(
        files=site.found | {segment: site.found[segment] + added}, code=Code.SEGMENT_EXCESS
    )
