"""A whole log is written by somebody who has not the origin key, in the gateway's name."""

from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.ledger import Ledger, Limits
from tests.support.audit_attacks import Attack, Site
from tests.support.audit_world import SteadyClock, files, pair


def attack(site: Site) -> Attack:
    """Everything in it fits, but for the signature that admits its epoch's key."""
    folder = site.made.home / "own"
    keys = replace(site.made.keys, signer=Ed25519PrivateKey.generate())
    ledger = Ledger(folder, keys, SteadyClock(), Limits())
    ledger.open()
    ledger.append([pair()])
    ledger.close()
    return Attack(files=files(folder), code=Code.EPOCH_UNCERTIFIED)
