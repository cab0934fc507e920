"""What the candidate beside the policies in force would have decided otherwise (`shadow`)."""

from dataclasses import dataclass

from guardrail_gw.policy.change import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadowed:
    """What a candidate would have decided otherwise about one request."""

    digest: str
    """Of the candidate."""
    changes: tuple[Change, ...]
