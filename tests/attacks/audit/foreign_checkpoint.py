"""A log's checkpoints are those of another log of the same gateway."""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site


def attack(site: Site) -> Attack:
    """Of the same size, and signed by the same origin key."""
    points = site.segments[0].replace(".seg", ".ckpt")
    return Attack(files=site.found | {points: site.other[points]}, code=Code.CHECKPOINT_FOREIGN)
