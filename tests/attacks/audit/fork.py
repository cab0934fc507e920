"""A copy of the log is continued with other records, by somebody who has every key."""

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.ledger import Ledger, Limits
from tests.support.audit_attacks import Attack, Site, copied, newest
from tests.support.audit_world import SteadyClock, files, pair


def attack(site: Site) -> Attack:
    """Two processes go on from the same end; the auditors have seen the one, and get the other."""
    seen, shown = copied(site.made, "seen"), copied(site.made, "shown")
    for folder, count in ((seen, 3), (shown, 5)):
        ledger = Ledger(folder, site.made.keys, SteadyClock(), Limits())
        ledger.open()
        ledger.append([pair(number) for number in range(count)])
        ledger.close()
    return Attack(files=files(shown), code=Code.KEPT_FORKED, kept=newest(files(seen)))
