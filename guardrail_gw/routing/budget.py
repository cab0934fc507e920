"""The retry budget: when everything fails, retries must not multiply the load.

Source of the idea: Finagle's RetryBudget (a share of requests plus a floor per second).
"""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class RetryBudget:
    """Every request adds a fifth of a retry, every second adds three; a retry takes one.

    Pure: the caller says what time it is, in seconds that never go back.
    """

    share: float = 0.2
    per_s: float = 3.0
    most: float = 100.0
    _balance: float = 30.0
    _seen: float | None = None

    def request(self) -> None:
        """A request begins."""
        self._balance = min(self._balance + self.share, self.most)

    def take(self, now: float) -> bool:
        """Ask for one retry."""
        passed = now - self._seen if self._seen is not None else 0.0
        self._balance = min(self._balance + passed * self.per_s, self.most)
        self._seen = now
        if self._balance < 1.0:
            return False
        self._balance -= 1.0
        return True
