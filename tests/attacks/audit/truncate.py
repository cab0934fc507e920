"""The end of the log is cut off, cleanly between two records, and its checkpoints are left."""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site


def attack(site: Site) -> Attack:
    """Cut the last two records."""
    last = site.segments[-1]
    end = site.stored(last)[-2].at
    return Attack(
        files=site.found | {last: site.found[last][:end]},
        code=Code.LOG_TRUNCATED,
    )
