"""The gateway is made to seal its records to somebody whom no auditor knows.

The attacker exchanged a recipient's public key on the gateway's disk before its start, so every
signature of the log is right; the auditors verify with the public keys that they have.
"""

from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.ledger import Ledger, Limits
from tests.support.audit_attacks import Attack, Site
from tests.support.audit_world import SteadyClock, files, pair


def attack(site: Site) -> Attack:
    """The escrow's name stands for the attacker's key."""
    keys, mine = site.made.keys, X25519PrivateKey.generate().public_key().public_bytes_raw()
    swapped = tuple(
        replace(one, public=mine) if one.name == "escrow" else one for one in keys.recipients
    )
    folder = site.made.home / "swapped"
    ledger = Ledger(folder, replace(keys, recipients=swapped), SteadyClock(), Limits())
    ledger.open()
    ledger.append([pair()])
    ledger.close()
    return Attack(files=files(folder), code=Code.RECIPIENTS_SWAPPED)
