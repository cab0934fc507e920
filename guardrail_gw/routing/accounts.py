"""Keeps callers within their budgets and rates: reserve, settle, release; on every path.

    enter ──▶ rates of the caller: requests, tokens, slots      refused or queued here
      attempt ──▶ budgets, and rates of the deployment          the next deployment, or refused
    enter_with ──▶ both at once, of the first attempt           one way to the store, not two
      settle  ◀── what was used, or an estimate marked as one
    leave ◀── tokens corrected, slots free

What is reserved counts as used until it is settled. A settlement that the store does not take is
tried again; if the process dies before, what was reserved stays used.
"""

import asyncio
import math
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from guardrail_gw.core.allowance import Asked, Budget, OnExceed, Rate, Reached
from guardrail_gw.core.counting import BudgetClaim, Denied, Reservation, SlotClaim, Standing
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.ports import Clock, Counters
from guardrail_gw.errors import RateExceeded, StateDown
from guardrail_gw.routing.claims import Due, Label, of_budgets, of_rates, told_name
from guardrail_gw.routing.estimate import Estimate

LEASE_S: Final = 30.0
_RENEW_S: Final = LEASE_S / 3
_AGAIN_S: Final = 1.0
_POLL_S: Final = 0.05
_MOST_WAITING: Final = 1024
_MOST_KNOWN: Final = 16_384
_KNOWN_S: Final = 60.0
"""So long it is not asked again whether a percent was told: its budget may be begun anew."""
_MOST_UNSETTLED: Final = 65_536
"""What the store did not take; past it the oldest stay as reserved."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What is counted for the metrics."""

    refused: dict[str, int] = field(default_factory=dict)
    """Allowance -> requests that it had no room for."""
    over: dict[str, int] = field(default_factory=dict)
    """Budget that only warns -> requests beyond it."""
    downgraded: dict[str, int] = field(default_factory=dict)
    """Budget -> requests for which a cheaper model was asked, since it had no room."""
    lost: int = 0
    """Settlements that no store took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What was granted, and of which allowances it is."""

    reservation: Reservation
    dues: tuple[Due, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """What did not fit."""

    due: Due
    denied: Denied


class Accounts:
    """The allowances of one gateway, and the counters that they share with others."""

    def __init__(  # noqa: PLR0913 - the seams of one room, each by name
        self,
        *,
        counters: Counters,
        budgets: Sequence[Budget],
        rates: Sequence[Rate],
        clock: Clock,
        label: Label,
        told: Callable[[Reached], None] = lambda _: None,
        standing: Standing | None = None,
    ) -> None:
        """`told` hears when so many percent of a budget are used, once in a window."""
        self.standing = standing or Standing()
        self._counters = counters
        self._budgets = tuple(budgets)
        self._rates = tuple(rate for rate in rates if not rate.of_deployments)
        self._later = tuple(rate for rate in rates if rate.of_deployments)
        self._clock = clock
        self._label = label
        self._told = told
        self._leased: dict[str, Reservation] = {}
        self._unsettled: deque[tuple[Reservation, Mapping[str, int]]] = deque()
        self._known = dict[str, float]()
        """Marks that somebody has told already -> when that was asked."""
        self._waiting = 0
        self._keeper: asyncio.Task[None] | None = None
        self.tally = Tally()

    def must_be_priced(self, asked: Asked) -> bool:
        """Whether a budget of money limits the request, so that its price has to be known."""
        return any(
            budget.is_money and budget.on_exceed is not OnExceed.WARN and budget.counts(asked)
            for budget in self._budgets
        )

    def went_down(self, budgets: Iterable[str]) -> None:
        """Count that a cheaper model is asked, since these had no room."""
        for id_ in budgets:
            self.tally.downgraded[id_] = self.tally.downgraded.get(id_, 0) + 1

    async def start(self) -> None:
        """Begin to renew leases, and to settle what could not be settled."""
        await self._counters.start()
        self._keeper = asyncio.create_task(self._keep())  # noqa: TID251 - `close` awaits it

    async def close(self) -> None:
        """Settle what is left, once."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        await self._settle_again()
        self.tally.lost += len(self._unsettled)
        await self._counters.close()

    async def enter(self, asked: Asked, tokens: int | None) -> "list[Held]":
        """Take what the caller's rates ask for, if need be after a wait.

        Args:
            asked: who asks for what.
            tokens: how many it may come to; None: none at all, whatever rates of tokens say.

        Raises:
            RateExceeded: one of them has no room, and none in time.
            StateDown: nobody can say.
        """
        dues = list(of_rates(self._rates, asked, tokens or 0, self._label))
        if tokens is None:
            dues = [due for due in dues if not due.in_tokens]
        return await self._waited_for(dues) if dues else []

    async def enter_with(
        self, asked: Asked, tokens: int, deployment: Deployment, estimate: Estimate
    ) -> "tuple[list[Held], list[Held] | None]":
        """Enter, and take what the first attempt may cost at once, if there is room for both.

        Args:
            asked: with the deployment.
            tokens: what the caller's rates are asked for.
            deployment: who is to be asked first.
            estimate: what that may come to.

        Returns:
            What the caller has, and what the attempt has; None if `attempt` has to be asked, since
            there was no room or the caller had to wait.

        Raises:
            RateExceeded, StateDown: as `enter` does.
        """
        callers = list(of_rates(self._rates, asked, tokens, self._label))
        attempts = self._dues(asked, deployment, estimate)
        if not callers or not attempts:
            return await self._waited_for(callers) if callers else [], None
        taken = await self._take(callers, attempts)
        if not isinstance(taken, Short):
            return taken[0], taken[1]
        is_callers = any(due is taken.due for due in callers)
        return await self._waited_for(callers, taken if is_callers else None), None

    async def _waited_for(self, dues: "list[Due]", short: Short | None = None) -> "list[Held]":
        """Take them, if need be after a wait; `short` has no room now, as is known already."""
        until_s = self._clock.monotonic_s() + _patience_s(dues)
        while True:
            taken = short or await self._take(dues)
            if not isinstance(taken, Short):
                return taken[0]
            wait_s = _POLL_S if taken.denied.wait_s is None else taken.denied.wait_s
            if taken.denied.fits_never or self._clock.monotonic_s() + wait_s > until_s:
                raise self._exceeded(taken)
            await self._wait(wait_s, taken)
            short = None

    async def attempt(
        self, asked: Asked, deployment: Deployment, estimate: Estimate
    ) -> "list[Held] | Short":
        """Take what one attempt may cost; nothing is taken if something does not fit."""
        dues = self._dues(asked, deployment, estimate)
        if not dues:
            return []
        taken = await self._take(dues)
        if isinstance(taken, Short):
            self._count_refused(taken)
            return taken
        return taken[0]

    async def release(self, held: "Iterable[Held]") -> None:
        """Give all of it back, since nothing was sent; never fails."""
        await self._settled((each, {due.claim.name: 0 for due in each.dues}) for each in held)

    async def used(self, asked: Asked) -> Mapping[str, int]:
        """Budget -> what of it is used now, in its unit; those that count such a request.

        Raises:
            StateDown: nobody can say.
        """
        now_us = self._clock.now_us()
        found: dict[str, int] = {}
        for due in of_budgets(self._budgets, asked, lambda _: 0, now_us, self._label):
            name = due.claim.name
            found[due.allowance.id] = (await self._counters.used(due.home, [name]))[name]
        return found

    async def settle(self, held: "Iterable[Held]", nano: int, tokens: int) -> None:
        """Put what was used in the place of what was reserved; never fails.

        Args:
            held: what was granted.
            nano: billionths of a US dollar.
            tokens: read and written.
        """
        await self._settled((each, _actual(each, nano, tokens)) for each in held)

    async def _settled(self, all_of: "Iterable[tuple[Held, Mapping[str, int]]]") -> None:
        """Settle each; whoever is cancelled meanwhile leaves the rest to the keeper."""
        left = deque(all_of)
        try:
            while left:
                await self._settle(*left.popleft())
        finally:
            for each, actual in left:
                self._leased.pop(each.reservation.id, None)
                self._put_off(each.reservation, actual)

    async def _settle(self, held: Held, actual: Mapping[str, int]) -> None:
        self._leased.pop(held.reservation.id, None)
        try:
            used = await self._counters.settle(held.reservation, actual)
        except StateDown:
            self._put_off(held.reservation, actual)
        except BaseException:  # whoever waited has left; it is settled once, whoever asks
            self._put_off(held.reservation, actual)
            raise
        else:
            await self._look(held, used or {})

    def _dues(self, asked: Asked, deployment: Deployment, estimate: Estimate) -> "list[Due]":
        """What one attempt takes."""

        def amount(budget: Budget) -> int:
            return estimate.most_nano(deployment) if budget.is_money else estimate.tokens

        now_us = self._clock.now_us()
        dues = list(of_budgets(self._budgets, asked, amount, now_us, self._label))
        dues += of_rates(self._later, asked, estimate.tokens, self._label)
        return dues

    async def _take(self, *parts: "list[Due]") -> "list[list[Held]] | Short":
        """All or nothing, also where counters have several homes: one reservation of each part.

        One way to the store for each home, whatever the parts.
        """
        taken: list[list[Held]] = [[] for _ in parts]
        try:
            for home in sorted({due.home for part in parts for due in part}):
                group = [_of_home(home, part) for part in parts]
                denied = await self._reserved([each.reservation for each in group if each])
                if denied is not None:
                    await self.release(chain.from_iterable(taken))
                    dues = (due for each in group if each for due in each.dues)
                    due = next(due for due in dues if due.claim == denied.claim)
                    return Short(due=due, denied=denied)
                for part, held in zip(taken, group, strict=True):
                    if held:
                        part.append(held)
                        if held.reservation.slots:
                            self._leased[held.reservation.id] = held.reservation
        except BaseException:
            await self.release(chain.from_iterable(taken))
            raise
        return taken

    async def _reserved(self, wanted: Sequence[Reservation]) -> Denied | None:
        try:
            return await self._counters.reserve(*wanted)
        except BaseException:  # perhaps it was taken, and only the answer is lost
            for each in wanted:
                self._put_off(each, {claim.name: 0 for claim in each.claims})
            raise

    async def _wait(self, wait_s: float, short: Short) -> None:
        if self._waiting >= _MOST_WAITING:
            raise self._exceeded(short)
        self._waiting += 1
        try:
            await self._clock.sleep(wait_s)
        finally:
            self._waiting -= 1

    def _exceeded(self, short: Short) -> RateExceeded:
        self._count_refused(short)
        id_, claim = short.due.allowance.id, short.denied.claim
        if isinstance(claim, SlotClaim):
            return RateExceeded(
                f"{claim.limit} requests are under way already, as many as rate {id_!r} allows",
                code="limits.concurrency",
                retry_after_s=1.0,
                facts={"rate": id_},
            )
        what = "tokens" if short.due.in_tokens else "requests"
        detail, wait_s = f"rate {id_!r} allows no more {what} for now", short.denied.wait_s
        if short.denied.fits_never:
            detail = f"the request may have more {what} than rate {id_!r} allows in a minute"
            detail, wait_s = f"{detail}; ask for a shorter answer, or send less", None
        facts = {"rate": id_}
        if short.due.in_tokens:
            return RateExceeded(detail, code="limits.tokens", retry_after_s=wait_s, facts=facts)
        return RateExceeded(detail, code="limits.requests", retry_after_s=wait_s, facts=facts)

    def _count_refused(self, short: Short) -> None:
        id_ = short.due.allowance.id
        self.tally.refused[id_] = self.tally.refused.get(id_, 0) + 1

    async def _look(self, held: Held, used: Mapping[str, int]) -> None:
        """Tell of what was reached, once in each window for all who share the counters."""
        for due in held.dues:
            budget, claim = due.allowance, due.claim
            if not isinstance(budget, Budget) or not isinstance(claim, BudgetClaim):
                continue
            now_used = used.get(claim.name, 0)
            if due.over is not None and now_used > due.over:
                self.tally.over[budget.id] = self.tally.over.get(budget.id, 0) + 1
            reached = [p for p in budget.notify_at if now_used * 100 >= p * budget.limit]
            for percent in reached:
                if await self._is_first(due, claim, percent):
                    self._told(_reached(due, budget, percent, now_used))

    async def _is_first(self, due: Due, claim: BudgetClaim, percent: int) -> bool:
        """Whoever takes the one place of this percent in this window tells of it."""
        name = told_name(claim.name, percent, self._label)
        now_s = self._clock.monotonic_s()
        if now_s < self._known.get(name, -math.inf) + _KNOWN_S:
            return False
        mark = BudgetClaim(name=name, amount=1, limit=1, ttl_s=claim.ttl_s)
        told = Reservation(id=secrets.token_hex(16), home=due.home, claims=(mark,), lease_s=LEASE_S)
        try:
            denied = await self._counters.reserve(told)
        except StateDown:
            return False  # whoever settles next asks again
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[name] = now_s
        return denied is None

    def _put_off(self, reservation: Reservation, actual: Mapping[str, int]) -> None:
        if len(self._unsettled) >= _MOST_UNSETTLED:
            self._unsettled.popleft()
            self.tally.lost += 1
        self._unsettled.append((reservation, actual))

    async def _keep(self) -> None:
        since_s = 0.0
        while True:
            await asyncio.sleep(_AGAIN_S)
            since_s += _AGAIN_S
            await self._settle_again()
            if since_s >= _RENEW_S:
                since_s = 0.0
                await self._renew()

    async def _renew(self) -> None:
        try:
            await self._counters.renew(list(self._leased.values()))
        except StateDown:
            return

    async def _settle_again(self) -> None:
        for _ in range(len(self._unsettled)):
            reservation, actual = self._unsettled.popleft()  # others may be added meanwhile
            try:
                await self._counters.settle(reservation, actual)
            except StateDown:
                self._put_off(reservation, actual)
                return
            except BaseException:
                self._put_off(reservation, actual)
                raise


def _actual(held: Held, nano: int, tokens: int) -> dict[str, int]:
    used = ((due.claim.name, _used(due, nano, tokens)) for due in held.dues)
    return {name: each for name, each in used if each is not None}


def _used(due: Due, nano: int, tokens: int) -> int | None:
    """What was used of a claim; None: as reserved."""
    if isinstance(due.claim, BudgetClaim) and not due.in_tokens:
        return nano
    return tokens if due.in_tokens else None


def _reached(due: Due, budget: Budget, percent: int, used: int) -> Reached:
    return Reached(
        budget=budget, percent=percent, used=used, whose=due.whose, until_us=due.until_us
    )


def _of_home(home: str, dues: "list[Due]") -> Held | None:
    """What those of one home ask for together; None where there are none."""
    here = tuple(due for due in dues if due.home == home)
    if not here:
        return None
    reservation = Reservation(
        id=secrets.token_hex(16),
        home=home,
        claims=tuple(due.claim for due in here),
        lease_s=LEASE_S,
    )
    return Held(reservation=reservation, dues=here)


def _patience_s(dues: "list[Due]") -> float:
    rates = [due.allowance.queue_s for due in dues if isinstance(due.allowance, Rate)]
    return min(rates, default=0.0)
