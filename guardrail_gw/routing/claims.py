"""From allowances to claims: what a request takes of which counter. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from guardrail_gw.core.allowance import Allowance, Asked, Budget, OnExceed, Per, Rate
from guardrail_gw.core.counting import HIGHEST, BudgetClaim, Claim, RateClaim, SlotClaim
from guardrail_gw.core.window import window

_MINUTE_S: Final = 60.0
_KEPT_S: Final = 2 * 86_400.0
"""A budget's counter outlives its window: an answer that began in it may end in the next."""
_REQUESTS, _TOKENS, _SLOTS = "requests", "tokens", "slots"
EVERYBODY: Final = "everybody"
"""The home of counters that are not of one tenant."""

Label = Callable[[str], str]
"""Turns what a counter is called into a name that tells nobody whose it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A claim, and the allowance that it is of."""

    allowance: Allowance
    home: str
    claim: Claim
    until_us: int = 0
    """When the window of a budget ends."""
    whose: tuple[tuple[str, str], ...] = ()
    """Of a budget, which of its counters it is."""
    in_tokens: bool = False
    """It is corrected by the tokens that were used."""

    @property
    def over(self) -> int | None:
        """What a budget that only warns has; None of all others."""
        allowance = self.allowance
        warns = isinstance(allowance, Budget) and allowance.on_exceed is OnExceed.WARN
        return allowance.limit if warns and isinstance(allowance, Budget) else None


Whose = tuple[tuple[str, str], ...]
"""Which of an allowance's counters, as `Allowance.whose` says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What one of an allowance's counters is called in the store; a rate has several."""

    home: str
    names: tuple[str, ...]
    marks: tuple[str, ...] = ()
    """Of those that say that so many percent of a budget were told of."""


def counters_of(allowance: Allowance, whose: Whose, now_us: int, label: Label) -> Counters:
    """Where it is counted now; slots are left out, since they are free when their request ends."""
    home = _home(allowance, dict(whose).get(Per.TENANT, ""), label)
    if isinstance(allowance, Budget):
        name = _budget_name(allowance, whose, now_us, label)
        marks = tuple(told_name(name, percent, label) for percent in allowance.notify_at)
        return Counters(home=home, names=(name,), marks=marks)
    kinds = (_REQUESTS, _TOKENS)
    names = tuple(_rate_name(allowance, whose, kind, label) for kind in kinds)
    return Counters(home=home, names=names)


def told_name(name: str, percent: int, label: Label) -> str:
    """What says that so many percent of a budget's counter were told of."""
    return label(f"told|{name}|{percent}")


def of_rates(rates: Iterable[Rate], asked: Asked, tokens: int, label: Label) -> Iterator[Due]:
    """What a request takes of the rates that count it."""
    for rate in rates:
        if not rate.counts(asked):
            continue
        whose = rate.whose(asked)
        home = _home(rate, asked.principal.tenant, label)
        if rate.requests is not None:
            name = _rate_name(rate, whose, _REQUESTS, label)
            yield Due(allowance=rate, home=home, claim=_per_minute(name, 1, rate.requests))
        if rate.tokens is not None:
            name = _rate_name(rate, whose, _TOKENS, label)
            claim = _per_minute(name, tokens, rate.tokens)
            yield Due(allowance=rate, home=home, claim=claim, in_tokens=True)
        if rate.concurrent is not None:
            name = _rate_name(rate, whose, _SLOTS, label)
            slot = SlotClaim(name=name, limit=rate.concurrent)
            yield Due(allowance=rate, home=home, claim=slot)


def of_budgets(
    budgets: Iterable[Budget],
    asked: Asked,
    amount: Callable[[Budget], int],
    now_us: int,
    label: Label,
) -> Iterator[Due]:
    """What an attempt takes of the budgets that count it.

    Args:
        budgets: all of them.
        asked: who asks for what, and of whom.
        amount: what it takes of one, in its unit.
        now_us: when.
        label: hides names.
    """
    for budget in budgets:
        if not budget.counts(asked):
            continue
        here = window(budget.every, budget.zone, now_us)
        whose = budget.whose(asked)
        name = _budget_name(budget, whose, now_us, label)
        warns = budget.on_exceed is OnExceed.WARN
        claim = BudgetClaim(
            name=name,
            amount=min(amount(budget), HIGHEST),
            limit=HIGHEST if warns else budget.room(asked),
            ttl_s=max(0.0, (here.ends_us - now_us) / 1e6) + _KEPT_S,
        )
        yield Due(
            allowance=budget,
            home=_home(budget, asked.principal.tenant, label),
            claim=claim,
            until_us=here.ends_us,
            whose=whose,
            in_tokens=not budget.is_money,
        )


def _per_minute(name: str, amount: int, limit: int) -> RateClaim:
    return RateClaim(name=name, amount=amount, limit=limit, period_s=_MINUTE_S)


def _budget_name(budget: Budget, whose: Whose, now_us: int, label: Label) -> str:
    here = window(budget.every, budget.zone, now_us)
    return label("|".join(("budget", budget.id, here.name, *map("=".join, whose))))


def _rate_name(rate: Allowance, whose: Whose, kind: str, label: Label) -> str:
    return label("|".join(("rate", rate.id, kind, *map("=".join, whose))))


def _home(allowance: Allowance, tenant: str, label: Label) -> str:
    return label(f"home|{tenant}") if allowance.of_tenants else EVERYBODY
