"""A segment of another log of the same gateway is put in the place of one of this log."""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site


def attack(site: Site) -> Attack:
    """Both logs have epochs of the same length, and the same origin key has certified them."""
    names = [site.segments[1], site.segments[1].replace(".seg", ".ckpt")]
    return Attack(
        files=site.found | {name: site.other[name] for name in names}, code=Code.SEGMENT_FOREIGN
    )
