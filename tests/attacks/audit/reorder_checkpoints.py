"""Checkpoints change places, so that a later one seems to have been there before."""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site, notes_of


def attack(site: Site) -> Attack:
    """Turn the order of the first epoch's checkpoints round."""
    points = site.segments[0].replace(".seg", ".ckpt")
    turned = b"".join(reversed(notes_of(site.found[points])))
    return Attack(files=site.found | {points: turned}, code=Code.CHECKPOINT_DISORDERED)
