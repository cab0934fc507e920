"""What is sealed of one exchange is put under another: one person's words become another's."""

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.frame import framed
from tests.support.audit_attacks import Attack, Site, whole


def attack(site: Site) -> Attack:
    """Exchange metadata and content of two intents; every checksum fits."""
    segment = site.segments[0]
    stored = site.stored(segment)
    one, two = stored[1], stored[3]
    parts = [whole(frame) for frame in stored]
    parts[1] = framed(one.leaf, two.meta, two.content)
    parts[3] = framed(two.leaf, one.meta, one.content)
    return Attack(files=site.with_frames(segment, parts), code=Code.SECTION_MOVED)
