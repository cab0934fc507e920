"""A segment without a record stands behind the last one, as if a process had been lost there."""

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.frame import frames
from guardrail_gw.audit.segments import CHECKPOINTS, SEGMENT, segment_name
from tests.support.audit_attacks import Attack, Site


def attack(site: Site) -> Attack:
    """Its name follows the last record's number, its file of checkpoints is empty, too."""
    last = site.segments[-1]
    size = int(last.removesuffix(SEGMENT)) + len(list(frames(site.found[last])))
    name = segment_name(size)
    empty = {name: b"", name.replace(SEGMENT, CHECKPOINTS): b""}
    return Attack(files=site.found | empty, code=Code.SEGMENT_EMPTY)
