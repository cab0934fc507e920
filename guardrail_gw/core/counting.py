"""What is counted across requests, processes and hosts: budgets, rates and slots.

A claim says how much of one counter a request wants; a reservation takes all of its claims or none
of them. What was reserved counts as used until it is settled, so that nobody can spend it twice,
and stays used if whoever reserved it dies: money that may have been spent is never given back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_LONGEST_S: Final = 7200.0
"""Longer than any answer takes: an hour until it begins, and its stream."""
HIGHEST: Final = 9_000_000_000_000_000
"""Of any amount or limit: what a double still holds exactly, which is all that Lua counts with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetClaim:
    """So much of a budget, of one window of it."""

    name: str
    """Of the counter: whose budget, and which window."""
    amount: int
    """What is reserved, in the budget's unit: billionths of a US dollar, or tokens. Nothing always
    fits: what costs nothing, or was paid for, is not refused because of what others spent."""
    limit: int
    """The same, of the whole window."""
    ttl_s: float
    """How long the counter is kept: past the end of the window."""

    def more(self, actual: Mapping[str, int], *, is_of_before: bool) -> int:
        """What settling adds to the counter.

        Args:
            actual: name of a claim -> what was used; without it as much as was reserved.
            is_of_before: the counter was begun anew since, and holds nothing of the reservation.
        """
        used = actual.get(self.name, self.amount)
        return used if is_of_before else used - self.amount


@dataclass(frozen=True, slots=True, kw_only=True)
class RateClaim:
    """So much of what may begin within a period, by the generic cell rate algorithm (GCRA).

    Source: ITU-T I.371, "virtual scheduling": a theoretical arrival time per counter.
    """

    name: str
    amount: int
    """Requests or tokens."""
    limit: int
    """How many may begin at once, and in the long run within each period."""
    period_s: float

    @property
    def interval_s(self) -> float:
        """Seconds that one of them takes."""
        return self.period_s / self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotClaim:
    """One of so many requests that may be under way at the same time."""

    name: str
    limit: int


Claim = BudgetClaim | RateClaim | SlotClaim


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Claims that are granted together, or not at all."""

    id: str
    """Unique; settling twice by one id counts once."""
    home: str
    """What its counters have in common: a cluster keeps them on one node."""
    claims: tuple[Claim, ...]
    lease_s: float
    """Its slots are free again after so many seconds, unless it is renewed."""

    @property
    def keep_s(self) -> float:
        """For how long it can be settled: no shorter than a request may be under way."""
        budgets = [budget.ttl_s for budget in self.budgets]
        return max([self.lease_s, *(budgets or [_LONGEST_S])])

    @property
    def budgets(self) -> list[BudgetClaim]:
        """Those of its claims."""
        return [claim for claim in self.claims if isinstance(claim, BudgetClaim)]

    @property
    def slots(self) -> list[SlotClaim]:
        """Those of its claims."""
        return [claim for claim in self.claims if isinstance(claim, SlotClaim)]


@dataclass(slots=True, kw_only=True)
class Standing:
    """Whether what is counted is shared with others now, or one process is by itself."""

    is_alone: bool = False
    granted: int = 0
    """What it let through by itself, since it started."""
    lost: int = 0
    """What budgets that only warn should have been told of, and were not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """Why nothing was reserved: the first claim that did not fit."""

    claim: Claim
    wait_s: float | None = None
    """When it will fit; None when only the end of a window, or of another request, can tell."""
    used: int = 0
    """Of a budget or of slots, what others have."""

    @property
    def fits_never(self) -> bool:
        """Whether it asks for more than there is at all."""
        claim = self.claim
        return not isinstance(claim, SlotClaim) and claim.amount > claim.limit
