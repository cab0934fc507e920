"""Records are cut off, and a gap record is made up that says a power cut took them."""

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.frame import framed
from guardrail_gw.audit.record import canonical, parse_json
from tests.support.audit_attacks import Attack, Site, rewritten, whole


def attack(site: Site) -> Attack:
    """It stands where gap records stand, and describes what was cut; nobody has signed it."""
    first, second = site.segments[:2]
    *_, last = site.stored(first)
    epoch, *others = site.stored(second)
    said = {name: parse_json(epoch.leaf)[name] for name in ("epoch", "origin", "suite", "ts", "v")}
    said |= {"kind": "gap", "at": last.at, "cause": "torn", "lost": 0, "segment": 0}
    said |= {"seq": parse_json(epoch.leaf)["seq"] + 1, "sha256": "0" * 64}
    moved = [rewritten(frame, seq=parse_json(frame.leaf)["seq"] + 1) for frame in others]
    parts = [whole(epoch), framed(canonical(said)), *moved]
    return Attack(files=site.with_frames(second, parts), code=Code.GAP_MISPLACED)
