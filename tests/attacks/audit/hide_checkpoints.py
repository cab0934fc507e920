"""A file of checkpoints is removed."""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site


def attack(site: Site) -> Attack:
    """The one of the second epoch."""
    gone = site.segments[1].replace(".seg", ".ckpt")
    files = {name: data for name, data in site.found.items() if name != gone}
    return Attack(files=files, code=Code.CHECKPOINT_REMOVED)
