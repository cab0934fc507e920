"""The last checkpoint of an epoch is removed, so that its end could be cut or rewritten next."""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site, notes_of


def attack(site: Site) -> Attack:
    """Leave the earlier checkpoints of the first epoch."""
    points = site.segments[0].replace(".seg", ".ckpt")
    left = b"".join(notes_of(site.found[points])[:-1])
    return Attack(files=site.found | {points: left}, code=Code.CHECKPOINT_LAST_REMOVED)
