"""The whole log is removed."""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site, newest


def attack(site: Site) -> Attack:
    """Leave an empty folder; the auditors kept the newest checkpoint."""
    return Attack(files={}, code=Code.KEPT_ROLLED_BACK, kept=newest(site.found))
