"""The gateway is made to seal originals so that one reader opens alone what takes two.

The attacker has changed the gateway's program, so every signature is right, and the sealed keys
name nobody but the recipients.
"""

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.record import canonical, parse_json
from tests.support.audit_attacks import Attack, Site, written_anew


def attack(site: Site) -> Attack:
    """What the auditor opens alone stands in the place of what auditor and escrow open."""
    stored = site.stored(site.segments[0])
    sealed = parse_json(stored[0].wrap)
    alone = {"auditor": sealed["redacted"]["auditor"]}
    wrap = canonical(sealed | {"full": alone})
    files = written_anew(site.made, stored, {0: {"wrap": wrap}})
    return Attack(files=files, code=Code.RECIPIENTS_QUORUM)
