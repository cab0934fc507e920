"""How long content has to stay, and what decides when several things ask (pure).

A hold, then a statutory minimum, then an erasure, then the end of retention: the earlier wins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from guardrail_gw.core.ports import Hold, RegisterRow
from guardrail_gw.policy.policy import Retention

DAY_US = 86_400_000_000
_LONG_DAYS, _WEEK = 28, 7


class Why(StrEnum):
    """What decided, strongest first."""

    HOLD = "hold"
    MINIMUM = "minimum"
    ERASURE = "erasure"
    EXPIRED = "expired"
    KEPT = "kept"
    """Its retention has not ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What happens to a row."""

    why: Why
    until_us: int | None
    """When that ends; None for a hold, which ends when it is released, and for what goes now."""

    @property
    def destroy(self) -> bool:
        """Whether the row goes now."""
        return self.why in {Why.ERASURE, Why.EXPIRED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The time whose content shares a row, and how long that row stays."""

    number: int
    not_before_us: int
    until_us: int


def decided(row: RegisterRow, holds: Sequence[Hold], now_us: int) -> Decision:
    """What happens to a row now, and why."""
    if any(hold.scope in {"", row.scope, row.tenant} for hold in holds):
        return Decision(why=Why.HOLD, until_us=None)
    if now_us < row.not_before_us:
        return Decision(why=Why.MINIMUM, until_us=row.not_before_us)
    if row.wanted:
        return Decision(why=Why.ERASURE, until_us=None)
    if now_us >= row.until_us:
        return Decision(why=Why.EXPIRED, until_us=None)
    return Decision(why=Why.KEPT, until_us=row.until_us)


def period(days: int, retention: Retention, now_us: int) -> Period:
    """Which row content of now belongs to.

    A row goes when the first content under it has reached its time, so nothing stays for longer
    than was promised; a statutory minimum counts from the last content under it.

    Args:
        days: how long content of the level is kept.
        retention: for the minimum.
        now_us: when it is recorded.
    """
    length = (_WEEK if days >= _LONG_DAYS else 1) * DAY_US
    number = now_us // length
    first, end = number * length, (number + 1) * length
    not_before = end + retention.minimum_days * DAY_US if retention.minimum_days else 0
    until = max(first + days * DAY_US, not_before)
    return Period(number=number, not_before_us=not_before, until_us=until)
