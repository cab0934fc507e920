"""A gateway stops saying by whose signed text it seals, to seal to whom it likes."""

from dataclasses import replace

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.ledger import Ledger, Limits
from tests.support.audit_attacks import Attack, Site, copied
from tests.support.audit_world import SteadyClock, files, pair


def attack(site: Site) -> Attack:
    """An epoch without a text follows those that named one."""
    folder = copied(site.made, "unnamed")
    keys = replace(site.made.keys, serial=0, digest="")
    ledger = Ledger(folder, keys, SteadyClock(), Limits())
    ledger.open()
    ledger.append([pair()])
    ledger.close()
    return Attack(files=files(folder), code=Code.RECIPIENTS_ROLLED_BACK)
