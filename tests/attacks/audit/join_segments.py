"""Two epochs' segments are joined, so that a file and its checkpoints can go."""

from guardrail_gw.audit.findings import Code
from tests.support.audit_attacks import Attack, Site


def attack(site: Site) -> Attack:
    """The second segment's bytes stand behind the first's, its files are gone."""
    first, second = site.segments[:2]
    files = dict(site.found)
    files[first] += files.pop(second)
    points = second.replace(".seg", ".ckpt")
    files[first.replace(".seg", ".ckpt")] += files.pop(points)
    return Attack(files=files, code=Code.EPOCH_INSIDE)
