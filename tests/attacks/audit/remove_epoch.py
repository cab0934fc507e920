"""A whole epoch in the middle of the log is removed, with its checkpoints."""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site


def attack(site: Site) -> Attack:
    """Take both files of the second epoch away."""
    gone = site.segments[1][:20]
    left = {name: data for name, data in site.found.items() if not name.startswith(gone)}
    return Attack(files=left, code=Code.EPOCH_REMOVED)
