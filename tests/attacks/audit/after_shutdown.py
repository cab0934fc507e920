"""Records are put behind the shutdown, by somebody who has taken over the gateway."""

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.record import Draft, Kind
from tests.support.audit_attacks import Attack, Site
from tests.support.audit_world import SteadyClock, files, pair


def attack(site: Site) -> Attack:
    """Write a shutdown and go on; every signature is right, and nothing follows."""
    folder, clock = site.made.home / "after-shutdown", SteadyClock()
    ledger = Ledger(folder, site.made.keys, clock, Limits())
    ledger.open()
    ledger.append([pair(1), [Draft(kind=Kind.SHUTDOWN)], pair(2)])
    clock.pass_s(2)
    ledger.tend()
    found = files(folder)
    ledger.close()
    return Attack(files=found, code=Code.RECORD_AFTER_SHUTDOWN)
