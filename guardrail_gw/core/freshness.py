"""How old an answer may be that a client is given again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """What a client says of answers that are given again (RFC 9111, `Cache-Control`)."""

    max_age_s: float | None = None
    """It takes no answer that is older; 0: only a new one."""
    is_kept: bool = True
    """False: neither the request nor its answer may be kept."""


ANY_AGE = Freshness()
"""It says nothing."""
