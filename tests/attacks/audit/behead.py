"""The beginning of a segment is cut off: its keys' record, by which everything in it is judged."""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site, rewritten


def attack(site: Site) -> Attack:
    """The records behind it move up by one."""
    segment = site.segments[1]
    stored = site.stored(segment)[1:]
    first = int(segment[:20])
    moved = [rewritten(frame, seq=first + at) for at, frame in enumerate(stored)]
    files = site.with_frames(segment, moved)
    return Attack(files=files, code=Code.EPOCH_ABSENT)
