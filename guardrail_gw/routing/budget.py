"""The retry budget: when everything fails, retries must not multiply the load.

Source of the idea: Finagle's RetryBudget (a share of requests plus a floor per second).
"""

from dataclasses import dataclass, field
from typing import Final

_AT_FIRST: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryLimits:
    """What fills the budget."""

    share: float = 0.2
    """Retries that every request adds."""
    per_s: float = 3.0
    """That every second adds."""
    most: float = 100.0


@dataclass(slots=True, kw_only=True)
class RetryBudget:
    """Every request adds a part of a retry, every second adds some; a retry takes one.

    Pure: the caller says what time it is, in seconds that never go back.
    """

    limits: RetryLimits = field(default_factory=RetryLimits)
    _balance: float = _AT_FIRST
    _seen: float | None = None

    def __post_init__(self) -> None:
        """Begin with no more than there may ever be."""
        self._balance = min(self._balance, self.limits.most)

    def request(self) -> None:
        """A request begins."""
        self._balance = min(self._balance + self.limits.share, self.limits.most)

    def take(self, now: float) -> bool:
        """Ask for one retry."""
        passed = now - self._seen if self._seen is not None else 0.0
        self._balance = min(self._balance + passed * self.limits.per_s, self.limits.most)
        self._seen = now
        if self._balance < 1.0:
            return False
        self._balance -= 1.0
        return True
