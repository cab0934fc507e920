"""The disk is set back to an earlier state of the log, whole in itself and signed."""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site, newest


def attack(site: Site) -> Attack:
    """Take away the last epoch; the auditors kept the newest checkpoint."""
    last = site.segments[-1][:20]
    before = {name: data for name, data in site.found.items() if not name.startswith(last)}
    return Attack(files=before, code=Code.KEPT_ROLLED_BACK, kept=newest(site.found))
