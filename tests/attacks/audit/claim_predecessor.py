"""A later epoch says that the log follows a damaged one, to explain that records are gone."""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site, rewritten, whole


def attack(site: Site) -> Attack:
    """What only a log's first record may say stands in the second epoch's."""
    segment = site.segments[1]
    epoch, *others = site.stored(segment)
    forged = rewritten(epoch, prev={"origin": "", "root": "", "size": 0})
    files = site.with_frames(segment, [forged, *map(whole, others)])
    return Attack(files=files, code=Code.EPOCH_PREDECESSOR)
