"""The end of an epoch in the middle of the log is cut off, with the checkpoints that cover it."""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site, notes_of


def attack(site: Site) -> Attack:
    """Cut a segment back to an earlier checkpoint of its own."""
    segment = site.segments[1]
    points = segment.replace(".seg", ".ckpt")
    *_, before_last, _ = notes_of(site.found[points])
    end = site.stored(segment)[int(before_last.split(b"\n")[1]) - int(segment[:20]) - 1].end
    cut = notes_of(site.found[points])[:-1]
    return Attack(
        files=site.found | {segment: site.found[segment][:end], points: b"".join(cut)},
        code=Code.SEGMENT_CUT,
    )
