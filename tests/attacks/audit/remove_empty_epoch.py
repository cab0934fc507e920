"""An epoch in which nothing happened is removed, to hide that the gateway ran."""

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.ledger import Ledger, Limits
from tests.support.audit_attacks import Attack, Site, copied
from tests.support.audit_world import SteadyClock, files, pair


def attack(site: Site) -> Attack:
    """A process begins an epoch and is killed; a later one goes on; its segment is taken away."""
    folder = copied(site.made, "empty-epoch")
    killed = Ledger(folder, site.made.keys, SteadyClock(), Limits())
    killed.open()
    empty = f"{killed.size - 1:020d}"
    killed._close_files()  # noqa: SLF001 - it is killed before it writes anything
    assert killed._lock is not None  # noqa: SLF001 - ditto
    killed._lock.release()  # noqa: SLF001 - ditto
    ledger = Ledger(folder, site.made.keys, SteadyClock(), Limits())
    ledger.open()
    ledger.append([pair()])
    ledger.close()
    left = {name: data for name, data in files(folder).items() if not name.startswith(empty)}
    return Attack(files=left, code=Code.EPOCH_REMOVED)
