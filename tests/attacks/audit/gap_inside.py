"""A gap is made up in the middle of a segment, to explain that records lack there."""

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.frame import framed
from guardrail_gw.audit.record import canonical, parse_json
from tests.support.audit_attacks import Attack, Site, whole


def attack(site: Site) -> Attack:
    """It stands in the place of the second request."""
    segment = site.segments[0]
    stored = site.stored(segment)
    parts = [whole(frame) for frame in stored]
    leaf = parse_json(stored[3].leaf)
    said = {name: leaf[name] for name in ("epoch", "origin", "seq", "suite", "ts", "v")}
    said |= {"kind": "gap", "at": stored[3].at, "cause": "torn", "lost": 0, "segment": 0}
    parts[3] = framed(canonical(said | {"sha256": "0" * 64}))
    return Attack(files=site.with_frames(segment, parts), code=Code.GAP_INSIDE)
