"""What is sealed of an exchange is made unreadable, so that nobody can ever open it."""

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.frame import framed
from tests.support.audit_attacks import Attack, Site, whole


def attack(site: Site) -> Attack:
    """Zeros in the place of the metadata; the checksum fits."""
    segment = site.segments[0]
    stored = site.stored(segment)
    parts = [whole(frame) for frame in stored]
    parts[1] = framed(stored[1].leaf, bytes(len(stored[1].meta)), stored[1].content)
    return Attack(files=site.with_frames(segment, parts), code=Code.SECTION_ALTERED)
