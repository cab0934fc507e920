"""The whole log is written anew by somebody who has stolen the origin key.

They cannot sign with the keys of epochs that are over, but they can certify others in their place:
only what was kept elsewhere shows it.
"""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site, notes_of, written_anew


def attack(site: Site) -> Attack:
    """Make a blocked request of an allowed one, under an epoch key of their own."""
    segment = site.segments[0]
    files = written_anew(site.made, site.stored(segment), {1: {"dec": "blocked"}})
    kept = notes_of(site.found[segment.replace(".seg", ".ckpt")])[-1]
    return Attack(files=files, code=Code.KEPT_FORKED, kept=kept)
