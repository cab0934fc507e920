"""What a client's `Cache-Control` says of answers that are given again, and what it is told.

It can only ask for less: a new answer, or that nothing be kept. Source: RFC 9111, section 5.2.1,
and RFC 9211 (`Cache-Status`).
"""

import re
from collections.abc import Sequence
from typing import Final

from guardrail_gw.core.cached import CacheUse
from guardrail_gw.core.freshness import ANY_AGE, Freshness

CACHE_STATUS: Final = "Cache-Status"
_TOLD: Final = {"hit": "hit", "miss": "fwd=miss", "bypass": "fwd=bypass"}
_MAX_AGE: Final = re.compile(r'max-age="?([0-9]{1,9})"?')


def freshness(said: Sequence[str]) -> Freshness:
    """What a request's `Cache-Control` asks for; an age that cannot be read is none.

    Args:
        said: the value of each header of that name, which count together (RFC 9110, 5.3).
    """
    if not said:
        return ANY_AGE
    directives = {each.strip().lower() for line in said for each in line.split(",")}
    ages = [_age_s(each) for each in directives if each.startswith("max-age")]
    if "no-cache" in directives:
        ages.append(0.0)
    return Freshness(max_age_s=min(ages, default=None), is_kept="no-store" not in directives)


def told(use: str) -> str:
    """What `Cache-Status` says of a `CacheUse`."""
    return f"guardrail-gw; {_TOLD[CacheUse(use).result]}"


def _age_s(directive: str) -> float:
    match = _MAX_AGE.fullmatch(directive)
    return float(match[1]) if match is not None else 0.0
