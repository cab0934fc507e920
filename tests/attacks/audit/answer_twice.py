"""A request gets a second ending, to make a failure look like a success."""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site, rewritten, whole


def attack(site: Site) -> Attack:
    """The first request's outcome comes again behind it, under the next number."""
    segment = site.segments[0]
    stored = site.stored(segment)
    parts = [whole(frame) for frame in stored]
    again = rewritten(stored[2], seq=3)
    files = site.with_frames(segment, [*parts[:3], again, *parts[3:]])
    return Attack(files=files, code=Code.OUTCOME_UNMATCHED)
