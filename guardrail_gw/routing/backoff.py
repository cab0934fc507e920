"""How long to wait before asking the same deployment again.

Exponential with full jitter: many clients that failed together must not come back together.
Source: RFC 9110, 10.2.3 (Retry-After); `retry-after-ms` as Azure OpenAI sends it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from guardrail_gw.core.ports import Chance
from guardrail_gw.routing.headroom import number_of

_MAX_HEADER: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """The wait's upper bound doubles from `base_s` to `max_s`."""

    base_s: float = 0.5
    max_s: float = 8.0
    max_pause_s: float = 20.0
    """A provider that asks for more is left for another one."""

    def wait_s(self, failures: int, asked_s: float | None, jitter: Chance) -> float | None:
        """Seconds to wait after that many failures (from 1).

        Args:
            failures: how often the deployment has failed in this exchange.
            asked_s: what the deployment asked for; the wait is never shorter.
            jitter: the source of chance.

        Returns:
            None when it asked for more than anybody should wait.
        """
        ceiling = min(self.max_s, self.base_s * 2.0 ** min(failures - 1, 20))
        chance = jitter.uniform(0.0, ceiling)
        if asked_s is None:
            return chance
        if asked_s > self.max_pause_s:
            return None
        return min(asked_s + min(chance, self.base_s), self.max_pause_s)


def asked_s(headers: Mapping[str, str], now_us: int) -> float | None:
    """Read how long the provider asks to wait; None when it does not say so in a readable way.

    Args:
        headers: by lower-case name.
        now_us: microseconds since the epoch, to read a date.
    """
    millis = number_of(headers.get("retry-after-ms"))
    if millis is not None:
        return millis / 1000
    text = headers.get("retry-after")
    seconds = number_of(text)
    return _until(text, now_us) if seconds is None and text else seconds


def _until(text: str, now_us: int) -> float | None:
    if len(text) > _MAX_HEADER:
        return None
    try:
        at = parsedate_to_datetime(text)
        at_s = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return max(at_s - now_us / 1e6, 0.0)
