"""Counters in this process alone: gone when it ends."""

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.core.counting import BudgetClaim, Claim, Denied, RateClaim, Reservation, SlotClaim
from guardrail_gw.core.ports import Clock

_PURGED: Final = 8
"""Counters over their time that one reservation takes away; more than it adds, so that they go."""
_FEW: Final = 1024
_SLACK_S: Final = 1e-6
"""Adding up seconds as doubles is not exact."""


@dataclass(slots=True)
class _Counter:
    """One of the three kinds; each uses its own member."""

    until_s: float
    used: int = 0
    arrival_s: float = 0.0
    """Theoretical arrival time (GCRA)."""
    slots: dict[str, float] = field(default_factory=dict)
    """Reservation -> when its lease ends."""
    anew_s: float = -math.inf
    """When a budget was begun anew; what was reserved until then is none of it."""


class MemoryCounters:
    """Implements `core.ports.Counters`; whatever is over its time is taken away bit by bit."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counters: dict[str, _Counter] = {}
        self._held: dict[str, float] = {}
        """Reservation -> until when it can be settled."""
        self._ends: list[tuple[float, bool, str]] = []
        """When, of a reservation or a counter, and which."""

    async def start(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Forget everything."""
        self._counters.clear()
        self._held.clear()
        self._ends.clear()

    async def reserve(self, *wanted: Reservation) -> Denied | None:
        """Look at every claim, then take all; nothing else runs in between."""
        now = self._clock.monotonic_s()
        self._purge(now)
        for each in wanted:
            for claim in each.claims:
                if denied := self._denied(claim, now):
                    return denied
        for each in wanted:
            for claim in each.claims:
                self._take(claim, each, now)
            self._held[each.id] = now + each.keep_s
            self._note(now + each.keep_s, is_reservation=True, name=each.id)
        return None

    async def renew(self, held: Sequence[Reservation]) -> None:
        """Move the end of each lease."""
        now = self._clock.monotonic_s()
        for each in held:
            for claim in each.slots:
                counter = self._counters.get(claim.name)
                if counter is not None and each.id in counter.slots:
                    counter.slots[each.id] = now + each.lease_s
                    counter.until_s = max(counter.until_s, now + each.lease_s)

    async def settle(
        self, held: Reservation, actual: Mapping[str, int]
    ) -> Mapping[str, int] | None:
        """Once for each reservation."""
        until_s, now = self._held.pop(held.id, 0.0), self._clock.monotonic_s()
        if until_s <= now:
            return None
        for claim in held.claims:
            match claim:
                case BudgetClaim():
                    self._settle_budget(claim, actual, until_s - held.keep_s)
                case RateClaim():
                    self._settle_rate(claim, actual, now)
                case SlotClaim():
                    if (counter := self._counters.get(claim.name)) is not None:
                        counter.slots.pop(held.id, None)
        return await self.used(held.home, [budget.name for budget in held.budgets])

    async def used(self, home: str, names: Sequence[str]) -> Mapping[str, int]:
        """What there is; `home` makes no difference."""
        del home
        now = self._clock.monotonic_s()
        found = {name: self._counters.get(name) for name in names}
        return {n: c.used if c is not None and c.until_s > now else 0 for n, c in found.items()}

    async def begin_anew(
        self, home: str, budgets: Sequence[str], rates: Sequence[str] = ()
    ) -> Mapping[str, int]:
        """Nothing else runs in between."""
        was = await self.used(home, budgets)
        now = self._clock.monotonic_s()
        for name in budgets:
            if (counter := self._counters.get(name)) is not None:
                counter.used, counter.anew_s = 0, now
        for name in rates:
            if (counter := self._counters.get(name)) is not None:
                counter.arrival_s = now
        return was

    def _denied(self, claim: Claim, now: float) -> Denied | None:
        counter = self._counters.get(claim.name)
        if counter is None or counter.until_s <= now:
            counter = _Counter(until_s=now)
        match claim:
            case BudgetClaim():
                fits = not claim.amount or counter.used + claim.amount <= claim.limit
                return None if fits else Denied(claim=claim, used=counter.used)
            case RateClaim():
                after_s = max(counter.arrival_s, now) + claim.amount * claim.interval_s
                wait_s = after_s - claim.period_s - now
                return None if wait_s <= _SLACK_S else Denied(claim=claim, wait_s=wait_s)
            case SlotClaim():
                taken = sum(1 for end in counter.slots.values() if end > now)
                return None if taken < claim.limit else Denied(claim=claim, used=taken)

    def _settle_budget(self, claim: BudgetClaim, actual: Mapping[str, int], since_s: float) -> None:
        """`since_s` is when it was reserved."""
        if (counter := self._counters.get(claim.name)) is not None:
            is_of_before = since_s <= counter.anew_s + _SLACK_S
            counter.used += claim.more(actual, is_of_before=is_of_before)

    def _settle_rate(self, claim: RateClaim, actual: Mapping[str, int], now: float) -> None:
        """What was used more counts from now on, if what was reserved is over."""
        more = actual.get(claim.name, claim.amount) - claim.amount
        counter = self._present(claim.name, now) if more > 0 else self._counters.get(claim.name)
        if counter is not None:
            counter.arrival_s = max(counter.arrival_s, now) + more * claim.interval_s
            counter.until_s = counter.arrival_s

    def _present(self, name: str, now: float) -> _Counter:
        """The counter, or a new one where its time is over."""
        counter = self._counters.get(name)
        if counter is None or counter.until_s <= now:
            counter = self._counters[name] = _Counter(until_s=now)
            self._note(now, is_reservation=False, name=name)
        return counter

    def _take(self, claim: Claim, wanted: Reservation, now: float) -> None:
        counter = self._present(claim.name, now)
        match claim:
            case BudgetClaim():
                counter.used += claim.amount
                counter.until_s = max(counter.until_s, now + claim.ttl_s)
            case RateClaim():
                begin_s = max(counter.arrival_s, now)
                counter.arrival_s = begin_s + claim.amount * claim.interval_s
                counter.until_s = counter.arrival_s
            case SlotClaim():
                counter.slots = {who: end for who, end in counter.slots.items() if end > now}
                counter.slots[wanted.id] = now + wanted.lease_s
                counter.until_s = max(counter.until_s, now + wanted.lease_s)

    def _note(self, end_s: float, *, is_reservation: bool, name: str) -> None:
        """Those that were settled long before their end are forgotten once they are the most."""
        if len(self._ends) > 2 * (len(self._held) + len(self._counters)) + _FEW:
            self._ends = [(end, True, id_) for id_, end in self._held.items()]
            self._ends += [(c.until_s, False, n) for n, c in self._counters.items()]
            heapq.heapify(self._ends)
        heapq.heappush(self._ends, (end_s, is_reservation, name))

    def _purge(self, now: float) -> None:
        for _ in range(_PURGED):
            if not self._ends or self._ends[0][0] > now:
                return
            _, is_reservation, name = heapq.heappop(self._ends)
            if is_reservation:
                self._held.pop(name, None)
            elif (counter := self._counters.get(name)) is not None:
                self._let_go(name, counter, now)

    def _let_go(self, name: str, counter: _Counter, now: float) -> None:
        if counter.until_s <= now:
            del self._counters[name]
        else:  # it was used since
            heapq.heappush(self._ends, (counter.until_s, False, name))
