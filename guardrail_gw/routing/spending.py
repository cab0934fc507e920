"""What one exchange reserves and uses, from its first attempt until its answer has ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from guardrail_gw.core.allowance import Asked, Budget
from guardrail_gw.core.amounts import Measured, Tier, Usage, nano_usd, shown_usd
from guardrail_gw.core.counting import BudgetClaim
from guardrail_gw.core.deployment import Deployment, Rejection
from guardrail_gw.core.exchange import Envelope, Journal, Redacted
from guardrail_gw.core.kept import Kept
from guardrail_gw.core.ports import Spoken
from guardrail_gw.core.reason import Reason
from guardrail_gw.dialects.bounds import is_free, most_written, shows
from guardrail_gw.dialects.opened.measured import most_measured
from guardrail_gw.dialects.tiers import asked_tier
from guardrail_gw.errors import BudgetExceeded
from guardrail_gw.routing.accounts import Accounts, Held, Short
from guardrail_gw.routing.estimate import (
    MOST_WRITTEN,
    Estimate,
    all_bytes,
    most_of,
    read_tokens,
    text_bytes,
)
from guardrail_gw.routing.spent import Spent

BUDGET: Final = Reason.BUDGET
RATE: Final = Reason.RATE
UNPRICED: Final = Reason.UNPRICED

_KEPT: Final = frozenset({Kept.CONVERSATION, Kept.FILE, Kept.BATCH})
_UNSENT: Final = "connect"
"""The result of attempts of which nobody has read anything."""


@dataclass(slots=True)
class Guess:
    """How large one request and its answers may be; made when somebody asks."""

    redacted: Redacted
    operation: str
    members: Mapping[str, Any] = field(repr=False)
    envelope: Envelope | None = None
    """The body, where it is not the client's alone."""

    def for_(self, deployment: Deployment) -> Estimate:
        """What it may come to at one deployment."""
        return self.with_most(most_of(deployment))

    def with_most(self, most: int) -> Estimate:
        """The same, where an answer may have so many tokens if the request does not say."""
        question, envelope = self.redacted.inbound.question, self.envelope or self.redacted.envelope
        is_kept = question.makes in _KEPT and not envelope.lines
        if is_kept or question.head.method != "POST" or is_free(self.operation):
            return Estimate(read=0, written=0)  # nobody answers it
        return Estimate(
            read=read_tokens(text_bytes(self.redacted), len(question.attachments)),
            written=most_written(question.dialect, self.operation, self.members, most)
            * max(1, len(envelope.lines)),
            tier=asked_tier(question.dialect, self.members),
            hears=bool(question.attachments),
            shows=shows(question.dialect, self.members),
            units=most_measured(question.dialect, self.members, all_bytes(envelope)),
        )


def guess_of(redacted: Redacted, dialect: Spoken) -> Guess:
    """The size of a request in its client's own dialect."""
    question = redacted.inbound.question
    return Guess(redacted, dialect.operation(question.head), dialect.members(question))


def used(guess: Guess, spent: Spent, journal: Journal) -> tuple[int, int]:
    """What an answer used: as it was counted, or as much as was seen of one that broke off.

    What nobody counted the journal has as an estimate. What is only kept costs nothing until it is
    answered, and that is counted in the results.

    Returns:
        Billionths of a US dollar, and tokens.
    """
    deployment, usage = spent.deployment, spent.usage
    if not spent.is_counted:
        return _uncounted(guess, spent, journal)
    nano = _known(deployment, usage, spent.measured, spent.tier)
    if nano is None:  # in units or in a tier of which nobody knows the price
        nano = _most(guess, spent)
    tokens = 0 if usage is None else usage.read + usage.output
    if spent.is_whole or usage is None:
        return nano, tokens
    seen = guess.for_(deployment).seen(spent.events, spent.size)
    unseen = Usage(input=0, output=max(0, seen - usage.output))  # some count when they begin
    more = nano_usd(deployment.most_usd(unseen, spent.tier))
    journal.estimated_nano += more
    return nano + more, tokens + unseen.output


def _uncounted(guess: Guess, spent: Spent, journal: Journal) -> tuple[int, int]:
    if guess.redacted.inbound.question.makes in _KEPT:
        return 0, 0
    estimate = guess.for_(spent.deployment)
    nano = estimate.cut_nano(spent.deployment, spent.events, spent.size)
    journal.estimated_nano += nano
    return nano, estimate.cut_tokens(spent.events, spent.size)


def nothing_seen(deployment: Deployment) -> Spent:
    """Of an attempt of whose answer nothing came."""
    return Spent(
        deployment=deployment,
        usage=None,
        measured=(),
        tier=None,
        events=0,
        size=0,
        is_whole=False,
    )


def may_cost(result: str) -> bool:
    """Whether somebody may ask money for an attempt without a usable answer.

    Nobody does for what was not sent, or refused. Over a connection that was closed while it rested
    nothing came back, but the request may have been read before that.
    """
    return result != _UNSENT and not result.startswith("http_")


class Spending:
    """The reservations of one exchange."""

    def __init__(self, accounts: Accounts, guess: Guess, journal: Journal) -> None:
        inbound = guess.redacted.inbound
        self._accounts = accounts
        self._guess = guess
        self._journal = journal
        self._asked = Asked(
            principal=inbound.principal,
            endpoint=inbound.arrival.surface,
            model=inbound.question.model,
            tags=inbound.tags,
        )
        self._caller: list[Held] = []
        self._ahead: tuple[Asked, list[Held]] | None = None
        """Taken on entering, for an attempt that was not made yet."""
        self._attempts: dict[str, tuple[Deployment, list[Held]]] = {}
        """Those that are under way, by deployment."""
        self._tokens = 0
        """Used by parts of the answer that broke off."""
        self.budgets: set[str] = set()
        """Those that had no room."""
        self.downgrading: set[str] = set()
        """Those of them that would have a cheaper model asked."""
        self._told_down: set[str] = set()
        self.until_us = 0
        """When the first of them begins anew."""
        self.wait_s: float | None = None
        """When the first of the deployments that are at a rate has room again, as far as known."""

    async def enter(
        self,
        first: Deployment | None = None,
        *,
        has_cheaper: bool = False,
        is_answered: bool = False,
    ) -> None:
        """Take what the caller's rates ask for, and what the first attempt may cost with it.

        Args:
            first: who will most likely be asked first; whoever is asked, `attempt` comes before.
            has_cheaper: as `attempt` will be told of it.
            is_answered: the answer is at hand, so that it takes no tokens.

        Raises:
            RateExceeded: one of them has no room in time.
            StateDown: nobody can say.
        """
        if is_answered:
            self._caller = await self._accounts.enter(self._asked, None)
            return
        tokens = self._guess.with_most(MOST_WRITTEN).tokens
        if first is not None:
            asked = replace(self._asked, deployment=first.id, has_cheaper=has_cheaper)
            estimate = self._guess.for_(first)
            if not self._lacks_price(asked, first, estimate):
                taken = await self._accounts.enter_with(asked, tokens, first, estimate)
                self._caller, ahead = taken
                self._ahead = None if ahead is None else (asked, ahead)
                return
        self._caller = await self._accounts.enter(self._asked, tokens)

    async def attempt(
        self, deployment: Deployment, model: str | None = None, *, has_cheaper: bool = False
    ) -> Rejection | None:
        """Take what one attempt may cost; says why it must not be made.

        Args:
            deployment: who is to be asked.
            model: the virtual model, if it is not the client's.
            has_cheaper: models of its ladder are left that have not been asked.
        """
        model = model or self._asked.model
        asked = replace(self._asked, deployment=deployment.id, model=model, has_cheaper=has_cheaper)
        estimate = self._guess.for_(deployment)
        if self._lacks_price(asked, deployment, estimate):
            detail = "a budget counts money, and nobody knows its price"
            return Rejection(deployment=deployment.id, reason=UNPRICED, detail=detail)
        taken = await self._taken_ahead(asked)
        if taken is None:
            taken = await self._accounts.attempt(asked, deployment, estimate)
        if isinstance(taken, Short):
            return self._short(deployment, taken)
        self._attempts[deployment.id] = deployment, taken
        if estimate.is_priced(deployment):
            self._journal.reserved_usd = shown_usd(estimate.most_nano(deployment))
        return None

    def went_down(self) -> tuple[str, ...]:
        """A cheaper model is asked now; for which budgets, sorted."""
        self._accounts.went_down(self.downgrading - self._told_down)
        self._told_down |= self.downgrading
        return tuple(sorted(self.downgrading))

    def _lacks_price(self, asked: Asked, deployment: Deployment, estimate: Estimate) -> bool:
        return not estimate.is_priced(deployment) and self._accounts.must_be_priced(asked)

    async def _taken_ahead(self, asked: Asked) -> list[Held] | Short | None:
        """What was taken for this very attempt on entering; what was for another is given back."""
        if self._ahead is None:
            return None
        (whose, held), self._ahead = self._ahead, None
        if whose == asked:
            return held
        await self._accounts.release(held)
        return None

    def goes_on(self, envelope: Envelope) -> None:
        """From now on requests are as large as this, since they hold what was said."""
        self._guess = replace(self._guess, envelope=envelope)

    async def missed(self, deployment: Deployment, result: str) -> None:
        """An attempt gave no usable answer; what it read may have cost something all the same."""
        _, held = self._attempts.pop(deployment.id)
        if not may_cost(result):
            await self._accounts.settle(held, 0, 0)
            return
        nano, tokens = used(self._guess, nothing_seen(deployment), self._journal)
        await self._accounts.settle(held, nano, tokens)

    async def broke(self, spent: Spent) -> None:
        """An answer broke off, and somebody else is to go on with it."""
        _, held = self._attempts.pop(spent.deployment.id)
        nano, tokens = used(self._guess, spent, self._journal)
        self._tokens += tokens
        await self._accounts.settle(held, nano, tokens)

    async def leave(self, *, refused: bool = False, spent: Spent | None = None) -> None:
        """Settle by what the provider counted, or by what of the answer was seen.

        Args:
            refused: the provider refused the request itself.
            spent: what the attempt used whose answer is read; None where there is none.
        """
        out, self._attempts = self._attempts, {}
        ahead, self._ahead = self._ahead, None
        caller, self._caller = self._caller, []
        tokens = self._tokens
        try:
            if ahead is not None:
                await self._accounts.release(ahead[1])
            for deployment, held in out.values():
                here = nothing_seen(deployment)
                if spent is not None and spent.deployment.id == deployment.id:
                    here = spent
                made = (0, 0) if refused else used(self._guess, here, self._journal)
                tokens += made[1]
                await self._accounts.settle(held, *made)
        finally:
            await self._accounts.settle(caller, 0, tokens)

    def exceeded(self, now_us: int, facts: dict[str, Any]) -> BudgetExceeded:
        """The fault when there is no room for what any lawful deployment may cost."""
        named = ", ".join(repr(name) for name in sorted(self.budgets))
        wait_s = max(0.0, (self.until_us - now_us) / 1e6)
        return BudgetExceeded(
            f"budget {named} has no room for what this request may cost; ask for a shorter answer,"
            " or wait until it begins anew",
            retry_after_s=wait_s,
            facts={**facts, "budgets": sorted(self.budgets)},
        )

    def _short(self, deployment: Deployment, short: Short) -> Rejection:
        allowance, claim = short.due.allowance.id, short.denied.claim
        if isinstance(claim, BudgetClaim):
            self.budgets.add(allowance)
            if isinstance(short.due.allowance, Budget) and short.due.allowance.downgrades:
                self.downgrading.add(allowance)
            self.until_us = min(self.until_us or short.due.until_us, short.due.until_us)
            return Rejection(
                deployment=deployment.id,
                reason=BUDGET,
                detail=f"budget {allowance!r} has no room for what it may cost",
            )
        wait_s = short.denied.wait_s
        if wait_s is not None and not short.denied.fits_never:
            self.wait_s = wait_s if self.wait_s is None else min(self.wait_s, wait_s)
        return Rejection(
            deployment=deployment.id,
            reason=RATE,
            detail=f"rate {allowance!r} has no room for it now",
        )


def _known(
    deployment: Deployment, usage: Usage | None, measured: Measured, tier: Tier | None
) -> int | None:
    """What was counted came to; None where nobody knows the price."""
    cost = deployment.cost_usd(usage, measured, tier)
    return None if cost is None else nano_usd(cost)


def _most(guess: Guess, spent: Spent) -> int:
    """The same at the highest price that is known; of what has none, what was reserved."""
    if spent.usage is not None:
        return nano_usd(spent.deployment.most_usd(spent.usage, spent.tier))
    return guess.for_(spent.deployment).most_nano(spent.deployment)
