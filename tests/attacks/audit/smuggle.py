"""Something sealed is put beside a record that has nothing of the kind, to be found there later."""

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.frame import framed
from tests.support.audit_attacks import Attack, Site, whole


def attack(site: Site) -> Attack:
    """Give an outcome without content a content; the checksum fits."""
    segment = site.segments[0]
    stored = site.stored(segment)
    parts = [whole(frame) for frame in stored]
    parts[2] = framed(stored[2].leaf, stored[2].meta, b"another's words")
    return Attack(files=site.with_frames(segment, parts), code=Code.SECTION_ALTERED)
