"""One exchange is written twice, as if the request had been made again."""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site, whole


def attack(site: Site) -> Attack:
    """Double an intent and its outcome; every checksum fits."""
    segment = site.segments[0]
    parts = [whole(frame) for frame in site.stored(segment)]
    return Attack(files=site.with_frames(segment, parts[:5] + parts[3:]), code=Code.RECORD_REPEATED)
