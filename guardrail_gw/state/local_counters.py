"""Shared counters with a second line: while they are down, this process keeps rates by itself.

It lets through a share of each rate, since it does not know what others let through. Money and
tokens of a budget that blocks stay closed: what others spend cannot be guessed. What budgets that
only warn should have counted meanwhile is brought to the shared counters when they are back.
"""

import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import structlog

from guardrail_gw.core.counting import (
    HIGHEST,
    BudgetClaim,
    Claim,
    Denied,
    RateClaim,
    Reservation,
    SlotClaim,
    Standing,
)
from guardrail_gw.core.ports import Clock, Counters
from guardrail_gw.errors import ConfigError, StateDown
from guardrail_gw.state.memory_counters import MemoryCounters

T = TypeVar("T")
_AGAIN_S: Final = 1.0
"""So often one call finds out whether the shared counters are back; others do not wait for it."""
_PROBE: Final = "probe"
_MOST_OWED: Final = 65_536
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owed:
    """What the shared counters have to be told: take it, and settle it so."""

    reservation: Reservation
    actual: Mapping[str, int]
    is_taken: bool
    """Perhaps it was taken already, so that it is only settled."""


class LocalCounters:
    """Implements `core.ports.Counters` over others of that port."""

    def __init__(
        self, shared: Counters, clock: Clock, *, share: float, standing: Standing | None = None
    ) -> None:
        """`share` is what this process lets through by itself of each rate, above 0.0 to 1.0."""
        self._shared = shared
        self._clock = clock
        self._share = share
        self._standing = standing or Standing()
        self._own = MemoryCounters(clock)
        self._alone: dict[str, Reservation] = {}
        """What was granted by this process, as it was asked for."""
        self._owed: deque[_Owed] = deque()
        self._is_started = False
        self._again_s = 0.0
        self._is_asking = False

    async def start(self) -> None:
        """Find out whether the shared ones are there; if not, go on without.

        Raises:
            ConfigError: they are there, and not fit for it.
        """
        try:
            await self._shared.start()
            self._is_started = True
        except StateDown:
            self._fell()

    async def close(self) -> None:
        """Bring what is owed, if somebody takes it, and let go of both."""
        try:
            await self._asked(self._repay)
        except StateDown:
            self._standing.lost += len(self._owed)
        await self._shared.close()
        await self._own.close()

    async def reserve(self, *wanted: Reservation) -> Denied | None:
        """Ask the shared ones; if they are down, decide alone what may be decided alone."""

        async def ask() -> Denied | None:
            return await self._shared.reserve(*wanted)

        if self._waits:
            return await self._decided(wanted)
        try:
            return await self._asked(ask)
        except StateDown:  # perhaps it was taken, and only the answer is lost
            for each in wanted:
                nothing = {claim.name: 0 for claim in each.claims}
                self._owe(_Owed(reservation=each, actual=nothing, is_taken=True))
            return await self._decided(wanted)

    async def renew(self, held: Sequence[Reservation]) -> None:
        """Renew each where it was granted; finds out, too, whether the shared ones are back."""
        alone = [each for each in held if each.id in self._alone]
        await self._own.renew([self._cut(each) for each in alone])

        async def ask() -> None:
            await self._shared.used(_PROBE, [_PROBE])
            await self._shared.renew([each for each in held if each.id not in self._alone])

        if not self._waits:
            await self._asked(ask)
        await self._asked(self._repay)

    async def settle(
        self, held: Reservation, actual: Mapping[str, int]
    ) -> Mapping[str, int] | None:
        """Where it was granted; what budgets have to know of it is owed to the shared ones."""
        if self._alone.pop(held.id, None) is not None:
            await self._own.settle(self._cut(held), actual)
            if held.budgets:
                budgets = replace(held, claims=tuple(held.budgets))
                self._owe(_Owed(reservation=budgets, actual=actual, is_taken=False))
            return None
        return await self._asked(lambda: self._shared.settle(held, actual))

    async def used(self, home: str, names: Sequence[str]) -> Mapping[str, int]:
        """What the shared ones have; nobody else knows."""
        return await self._asked(lambda: self._shared.used(home, names))

    async def begin_anew(
        self, home: str, budgets: Sequence[str], rates: Sequence[str] = ()
    ) -> Mapping[str, int]:
        """The shared ones, which are all that an operator can mean."""
        return await self._asked(lambda: self._shared.begin_anew(home, budgets, rates))

    @property
    def _waits(self) -> bool:
        """Whether they are down, and it is not this call's turn to find out more."""
        is_early = self._clock.monotonic_s() < self._again_s
        return self._standing.is_alone and (self._is_asking or is_early)

    async def _asked(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do it at the shared ones, and note whether they are there."""
        if self._waits:
            raise StateDown("the shared counters are down")
        probes = self._standing.is_alone
        self._is_asking = self._is_asking or probes
        try:
            if not self._is_started:
                await self._started()
            done = await work()
        except StateDown:
            self._fell()
            raise
        finally:
            if probes:
                self._is_asking = False
        self._rose()
        return done

    async def _started(self) -> None:
        try:
            await self._shared.start()
        except ConfigError:
            raise StateDown("the shared counters are not fit for it") from None
        self._is_started = True

    async def _decided(self, wanted: Sequence[Reservation]) -> Denied | None:
        """Let them through, or not, by what this process knows.

        Raises:
            StateDown: a budget that blocks counts it.
        """
        budgets = [claim for each in wanted for claim in each.budgets]
        if any(claim.amount and claim.limit < HIGHEST for claim in budgets):
            raise StateDown("a budget counts the request, and its store is down")
        cuts = [self._cut(each) for each in wanted]
        denied = await self._own.reserve(*cuts)
        if denied is not None:
            place = [claim for cut in cuts for claim in cut.claims].index(denied.claim)
            claims = [claim for each in wanted for claim in each.claims]
            limited = [claim for claim in claims if not isinstance(claim, BudgetClaim)]
            return replace(denied, claim=limited[place])
        self._alone.update((each.id, each) for each in wanted)
        self._standing.granted += 1
        return None

    def _cut(self, wanted: Reservation) -> Reservation:
        """The same of this process's share, without budgets."""
        limited = (claim for claim in wanted.claims if not isinstance(claim, BudgetClaim))
        return replace(wanted, claims=tuple(_cut(claim, self._share) for claim in limited))

    def _owe(self, owed: _Owed) -> None:
        if len(self._owed) >= _MOST_OWED:
            self._owed.popleft()
            self._standing.lost += 1
        self._owed.append(owed)

    async def _repay(self) -> None:
        while self._owed:
            owed = self._owed.popleft()
            if not owed.is_taken:
                owed = await self._taken(owed)
            try:
                await self._shared.settle(owed.reservation, owed.actual)
            except BaseException:  # perhaps it was settled, which counts once
                self._owe(owed)
                raise

    async def _taken(self, owed: _Owed) -> _Owed:
        """Reserve it; if nobody knows whether that was done, it is undone, and done by a new id."""
        try:
            await self._shared.reserve(owed.reservation)
        except BaseException:
            nothing = {claim.name: 0 for claim in owed.reservation.claims}
            self._owe(replace(owed, actual=nothing, is_taken=True))
            anew = replace(owed.reservation, id=secrets.token_hex(16))
            self._owe(replace(owed, reservation=anew))
            raise
        return replace(owed, is_taken=True)

    def _fell(self) -> None:
        self._again_s = self._clock.monotonic_s() + _AGAIN_S
        if not self._standing.is_alone:
            self._standing.is_alone = True
            log.warning("state.local")

    def _rose(self) -> None:
        if self._standing.is_alone:
            self._standing.is_alone = False
            log.info("state.shared")


def _cut(claim: Claim, share: float) -> Claim:
    """A share of what it asks of; one that alone is more than the share takes all of it."""
    match claim:
        case RateClaim():
            limit = max(1, int(claim.limit * share))
            fits = claim.amount <= claim.limit
            return replace(claim, limit=limit, amount=min(claim.amount, limit) if fits else HIGHEST)
        case SlotClaim():
            return replace(claim, limit=max(1, int(claim.limit * share)))
        case BudgetClaim():
            return claim
