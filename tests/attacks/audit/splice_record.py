"""A record of another log of the same gateway is put in the place of one of this log."""

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.frame import frames
from tests.support.audit_attacks import Attack, Site, whole


def attack(site: Site) -> Attack:
    """The foreign record has the same place, epoch and kind in its own log."""
    segment = site.segments[0]
    parts = [whole(frame) for frame in site.stored(segment)]
    parts[3] = whole(list(frames(site.other[segment]))[3])
    return Attack(files=site.with_frames(segment, parts), code=Code.RECORD_FOREIGN)
