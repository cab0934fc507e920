"""When a provider's rates begin anew, as its answers say: for a pause that it does not name. Pure.

Sources: as of `headroom`; OpenRouter, "Limits" (`x-ratelimit-reset`, milliseconds since the epoch),
as read in 2026.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from guardrail_gw.routing.headroom import seconds_until

_NAMES: Final = (
    re.compile(r"(x-ratelimit-)(reset)(-[a-z-]{1,40})?"),
    re.compile(r"(anthropic-ratelimit-[a-z-]{1,40}-)(reset)()"),
)
_SECONDS: Final = 10
_MILLISECONDS: Final = 13
"""Digits of an instant since the epoch, in this century."""


def reset_s(headers: Mapping[str, str], now_us: int) -> float | None:
    """Seconds until every rate that is used up begins anew; None when no rate is said to be.

    Args:
        headers: by lower-case name.
        now_us: microseconds since the epoch.
    """
    waits = [_seconds(text, now_us) for text in _used_up(headers)]
    known = [wait for wait in waits if wait is not None]
    return max(known, default=None)


def _used_up(headers: Mapping[str, str]) -> Iterator[str]:
    for name, text in headers.items():
        for form in _NAMES:
            if found := form.fullmatch(name):
                left = headers.get(f"{found[1]}remaining{found[3] or ''}", "")
                if left.strip() in ("0", "0.0"):
                    yield text.strip()


def _seconds(text: str, now_us: int) -> float | None:
    """A span, or the time until an instant, which may be a number of digits that no span has."""
    if text.isdecimal() and len(text) in (_SECONDS, _MILLISECONDS):
        at_s = int(text) / (1000 if len(text) == _MILLISECONDS else 1)
        return max(0.0, at_s - now_us / 1e6)
    return seconds_until(text, now_us)
