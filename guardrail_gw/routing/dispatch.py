"""The attempt loop: the best lawful deployment, then again, then the next, in one deadline."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from guardrail_gw.core.deployment import Deployment, Rejection
from guardrail_gw.core.exchange import Journal, Placed, Recorded, Reply
from guardrail_gw.core.ports import Clock, Spoken, Upstream
from guardrail_gw.errors import (
    NoLawfulUpstream,
    NotTranslatable,
    RateExceeded,
    Refusal,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimeout,
)
from guardrail_gw.routing.accounts import Accounts
from guardrail_gw.routing.attempt import Sending, Surroundings
from guardrail_gw.routing.backoff import Backoff, Jitter
from guardrail_gw.routing.breaker import Breaker, BreakerLimits
from guardrail_gw.routing.budget import RetryBudget
from guardrail_gw.routing.deadline import Deadlines
from guardrail_gw.routing.plan import Plan, blocked, plan
from guardrail_gw.routing.spending import BUDGET, RATE, UNPRICED, Guess, Spending, cut, guess_of
from guardrail_gw.routing.verdict import Miss, nobody_could
from guardrail_gw.routing.wording import (
    NO_DIALECT,
    NO_OPERATION,
    PARAMETER,
    UNTRANSLATABLE,
    Wordings,
)

UNLAWFUL: Final = "residency.unlawful"
_NOT_DONE: Final = frozenset({"connect", "http_401", "http_403", "http_429"})
"""Results of attempts of which nothing came."""
_UNSAID: Final = frozenset({NO_DIALECT, NO_OPERATION, UNTRANSLATABLE, PARAMETER})


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingLimits:
    """How often and how long one exchange is tried."""

    max_attempts: int = 3
    """Over all deployments together."""
    deadline_s: float = 600.0
    """From dispatch until an answer begins; one that has begun is bounded by the idle timeout."""
    max_tries: int = 2
    """At one deployment, as long as another one has not been asked."""
    backoff: Backoff = field(default_factory=Backoff)
    breaker: BreakerLimits = field(default_factory=BreakerLimits)


class Routing:
    """Sends recorded requests; knows which deployments are healthy."""

    def __init__(  # noqa: PLR0913 - the seams of one room, each by name
        self,
        *,
        upstream: Upstream,
        dialects: Mapping[str, Spoken],
        clock: Clock,
        still_lawful: Callable[[Placed, Deployment], bool],
        limits: RoutingLimits,
        jitter: Jitter,
        accounts: Accounts | None = None,
    ) -> None:
        """Without `accounts` nobody has a budget or a rate."""
        self._accounts = accounts
        self._upstream = upstream
        self._dialects = dialects
        self._clock = clock
        self._still_lawful = still_lawful
        self._limits = limits
        self._jitter = jitter
        self._budget = RetryBudget()
        self._deadlines = Deadlines()
        self._breakers: dict[str, Breaker] = {}

    def ahead(self, placed: Placed, journal: Journal) -> "Ahead":
        """What can be made of a request before its record is durable, for `dispatch`."""
        return Ahead(partial(self._search, placed, journal))

    def dispatch(self, recorded: Recorded, ahead: "Ahead | None" = None) -> "Dispatch":
        """Give the answer of the first deployment that has one; every attempt is in the journal.

        Leaving the context closes the connection to the provider, whatever has been read of it.

        Args:
            recorded: what may leave.
            ahead: what was made of the same request already.

        Raises:
            UpstreamRefused: a provider refused the request itself.
            UpstreamTimeout: no deployment answered in time.
            UpstreamFailed: none answered, or all are out for now (`retry_after_s` says how long);
                UpstreamRateLimited or UpstreamOverloaded where all say, or said, that they are.
            NoLawfulUpstream: none of them is lawful any more.
            NotTranslatable: none speaks the client's dialect, and the request cannot be translated.
            RateExceeded: the caller asks too often, or for too much.
            BudgetExceeded: nobody may be asked for what it may cost.
            StateDown: nobody can say what was spent.
        """
        search = ahead.search if ahead is not None else None
        if search is None or search.placed is not recorded.placed:
            search = self._search(recorded.placed, recorded.journal)
        return Dispatch(self, recorded, search)

    def states(self) -> dict[str, bool]:
        """Deployment -> whether its breaker is open; those asked at least once."""
        return {name: breaker.is_open for name, breaker in self._breakers.items()}

    def spending(self, recorded: Recorded) -> Spending | None:
        """What the exchange reserves and uses; None where nothing is counted."""
        if self._accounts is None:
            return None
        return Spending(self._accounts, self._guess(recorded), recorded.journal)

    def estimate(self, recorded: Recorded, sending: Sending) -> None:
        """Note what an answer may have cost that its provider did not count."""
        journal = recorded.journal
        if journal.usage is None and not journal.measured:
            guess = self._guess(recorded)
            cut(guess, sending.deployment, journal, sending.events, sending.size)

    def _guess(self, recorded: Recorded) -> Guess:
        redacted = recorded.placed.redacted
        return guess_of(redacted, self._dialects[redacted.inbound.question.dialect])

    async def committed(self, recorded: Recorded, search: "_Search") -> Sending:
        """The first attempt whose answer is certain; whoever asks for it closes it."""
        self._budget.request()
        await search.wordings.prepare(recorded.placed.lawful)
        for deployment in search.candidates():
            if search.is_over or (
                search.misses and not self._budget.take(self._clock.monotonic_s())
            ):
                break
            if not await search.can_pay(deployment):
                continue
            sending = self._sending(search, deployment)
            missed = await sending.open()
            if missed is None:
                return sending
            await search.missed(missed)
        raise search.fault()

    def _search(self, placed: Placed, journal: Journal) -> "_Search":
        now = self._clock.monotonic_s()
        question, lawful = placed.redacted.inbound.question, placed.lawful
        return _Search(
            placed=placed,
            plan=plan(
                lawful,
                {d.id: self._breaker(d).blocked_s(now) for d in lawful},
                question.dialect,
            ),
            around=Surroundings(
                upstream=self._upstream,
                clock=self._clock,
                stream=question.stream,
                journal=journal,
                deadlines=self._deadlines,
                deadline_s=now + self._limits.deadline_s,
            ),
            wordings=Wordings(placed.redacted, self._dialects),
            limits=self._limits,
            jitter=self._jitter,
            breaker=self._breaker,
            still_lawful=self._still_lawful,
        )

    def _sending(self, search: "_Search", deployment: Deployment) -> Sending:
        wording = search.wordings.of(deployment)
        return Sending(search.around, deployment, self._breaker(deployment), wording)

    def _breaker(self, deployment: Deployment) -> Breaker:
        breaker = self._breakers.get(deployment.id)
        if breaker is None:
            breaker = self._breakers[deployment.id] = Breaker(self._limits.breaker)
        return breaker


class Ahead:
    """The work on a request for whom it goes to first; nothing of it leaves, and nobody is told."""

    __slots__ = ("_search", "search")

    def __init__(self, search: Callable[[], "_Search"]) -> None:
        """Use `Routing.ahead`."""
        self._search = search
        self.search: _Search | None = None

    def make(self) -> None:
        """Do it, while there is nothing else to do for the request."""
        self.search = search = self._search()
        for deployment in search.plan.order[:1]:
            search.wordings.ahead(deployment)


class Dispatch:
    """One request on its way to whoever answers it."""

    __slots__ = ("_recorded", "_routing", "_search", "_sending", "_spending")

    def __init__(self, routing: Routing, recorded: Recorded, search: "_Search") -> None:
        """Use `Routing.dispatch`."""
        self._routing = routing
        self._recorded = recorded
        self._search = search
        self._sending: Sending | None = None
        self._spending: Spending | None = None

    async def __aenter__(self) -> Reply:
        """Find an answer."""
        recorded = self._recorded
        self._spending = self._search.spending = spending = self._routing.spending(recorded)
        try:
            if spending is not None:
                await spending.enter()
            self._sending = sending = await self._routing.committed(recorded, self._search)
        except BaseException as error:
            if spending is not None:
                await spending.leave(refused=isinstance(error, UpstreamRefused))
            raise
        recorded.journal.deployment = sending.deployment.id
        recorded.journal.left_out = sending.left_out
        return Reply(
            deployment=sending.deployment,
            stream=recorded.placed.redacted.inbound.question.stream,
            events=sending,
            ready=sending.ready,
            named=sending.named if sending.wording.said is None else None,
            names=sending.names if sending.wording.said is None else (),
        )

    async def __aexit__(self, *error: object) -> None:
        """Close the connection to the provider, and settle what was used."""
        sending, spending = self._sending, self._spending
        if sending is not None:
            await sending.close()
            if spending is not None:
                await spending.leave(events=sending.events, size=sending.size)
            else:
                self._routing.estimate(self._recorded, sending)


@dataclass(slots=True, kw_only=True)
class _Search:
    """The search for one exchange's answer: who is next, and what has been tried."""

    placed: Placed
    plan: Plan
    around: Surroundings
    wordings: Wordings
    limits: RoutingLimits
    jitter: Jitter
    breaker: Callable[[Deployment], Breaker]
    still_lawful: Callable[[Placed, Deployment], bool]
    spending: Spending | None = None
    """What the exchange reserves, once somebody is asked."""
    misses: list[Miss] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    _queue: deque[Deployment] = field(default_factory=deque)
    _tries: int = 0

    @property
    def is_over(self) -> bool:
        """Whether it may have arrived somewhere that does not say so, and must not do so twice."""
        once = self.placed.redacted.inbound.question.once
        return once and any(miss.result not in _NOT_DONE for miss in self.misses)

    def candidates(self) -> Iterator[Deployment]:
        """Each deployment to ask next; `missed` must be called before the next one."""
        self._queue.extend(self.plan.order)
        while self._queue and len(self.misses) < self.limits.max_attempts:
            if self._left_s() <= 0.0:
                return
            rejection = self._rejection(self._queue[0])
            if rejection is None:
                yield self._queue[0]
            else:
                self.rejected.append(rejection)
                self._next()

    async def can_pay(self, deployment: Deployment) -> bool:
        """Reserve what asking it may cost; if there is no room for it, others are asked."""
        if self.spending is None:
            return True
        rejection = await self.spending.attempt(deployment)
        if rejection is None:
            return True
        self.rejected.append(rejection)
        self._next()
        return False

    async def missed(self, miss: Miss) -> None:
        """Note a miss; wait if the same deployment is to be asked again."""
        self.misses.append(miss)
        if self.spending is not None:
            await self.spending.missed(miss.result)
        self._tries += 1
        wait_s = self._wait_s(miss)
        if wait_s is None:
            self._next()
        else:
            await self.around.clock.sleep(wait_s)

    def fault(self) -> Refusal:
        """What the client is told when nothing is left."""
        facts = {
            "results": [miss.result for miss in self.misses],
            "rejected": [
                {"deployment": r.deployment, "reason": r.reason, "detail": r.detail}
                for r in (*self.plan.rejections, *self.rejected)
            ],
        }
        if self.rejected and all(r.reason == UNLAWFUL for r in self.rejected) and not self.misses:
            return NoLawfulUpstream("no deployment is lawful at the attempt", facts=facts)
        if self._is_unsaid():
            return _unsaid(self.rejected, facts)
        if not self.misses and (short := self._is_short(facts)):
            return short
        if self.misses and all(miss.result == "timeout" for miss in self.misses):
            return UpstreamTimeout("no lawful deployment answered in time", facts=facts)
        results = [miss.result for miss in self.misses] or self._pauses()
        if not self.misses:
            text = "every lawful deployment is out for now"
        else:
            text = f"no lawful deployment gave a usable answer in {len(self.misses)} attempt(s)"
        fault = nobody_could(results, text)
        fault.retry_after_s, fault.facts = self._retry_after_s(), facts
        return fault

    def _is_short(self, facts: dict[str, Any]) -> Refusal | None:
        """The fault when nobody was asked because of what it may cost, or how often."""
        reasons = {r.reason for r in self.rejected}
        if self.spending is None or not reasons & {BUDGET, RATE, UNPRICED}:
            return None
        if BUDGET in reasons:
            return self.spending.exceeded(self.around.clock.now_us(), facts)
        if UNPRICED in reasons:
            return UpstreamFailed("no lawful deployment has a price that is known", facts=facts)
        return RateExceeded(
            "every lawful deployment is at its rate", retry_after_s=1.0, facts=facts
        )

    def _pauses(self) -> list[str]:
        """What the deployments asked for a pause with; nothing unless all of them did."""
        now = self.around.clock.monotonic_s()
        paused = [self.breaker(deployment).paused_for(now) for deployment in self.placed.lawful]
        known = [result for result in paused if result is not None]
        return known if len(known) == len(paused) else []

    def _is_unsaid(self) -> bool:
        """Whether everybody was left out for their dialect, so that trying again is no use."""
        reasons = {r.reason for r in self.rejected}
        if self.misses or self.plan.rejections or reasons.isdisjoint(_UNSAID):
            return False
        return reasons <= {*_UNSAID, UNLAWFUL}

    def _rejection(self, deployment: Deployment) -> Rejection | None:
        """Every gate once more: time has passed since the plan was made."""
        name = deployment.id
        if deployment not in self.placed.lawful or not self.still_lawful(self.placed, deployment):
            return Rejection(deployment=name, reason=UNLAWFUL, detail="not lawful at the attempt")
        if unsaid := self.wordings.rejection(deployment):
            return unsaid
        wait_s = self.breaker(deployment).blocked_s(self.around.clock.monotonic_s())
        return blocked(deployment, wait_s) if wait_s > 0.0 else None

    def _wait_s(self, miss: Miss) -> float | None:
        """Seconds until the same deployment is asked again; None sends the request elsewhere."""
        left = self.limits.max_attempts - len(self.misses)
        others = len(self._queue) - 1
        # An attempt that another deployment could have is not spent here.
        if not miss.again or left <= others or (others and self._tries >= self.limits.max_tries):
            return None
        if others and miss.asked_s:  # it asked for a pause while another one may be idle
            return None
        wait_s = self.limits.backoff.wait_s(self._tries, miss.asked_s, self.jitter)
        return None if wait_s is None or wait_s >= self._left_s() else wait_s

    def _next(self) -> None:
        self._queue.popleft()
        self._tries = 0

    def _left_s(self) -> float:
        return self.around.deadline_s - self.around.clock.monotonic_s()

    def _retry_after_s(self) -> float | None:
        """When the first of the deployments may be tried again; None when nobody knows."""
        now = self.around.clock.monotonic_s()
        waits = [self.breaker(d).blocked_s(now) for d in self.placed.lawful]
        known = [wait for wait in waits if wait > 0.0]
        if known and len(known) == len(waits):
            return min(known)
        asked = [miss.asked_s for miss in self.misses if miss.asked_s is not None]
        return min(asked) if asked and len(asked) == len(self.misses) else None


def _unsaid(rejected: Sequence[Rejection], facts: Mapping[str, Any]) -> NotTranslatable:
    """What the client is told: the members that stand in the way."""
    if details := _details(rejected, UNTRANSLATABLE):
        return NotTranslatable(f"the request cannot be translated: {details}", facts=facts)
    if details := _details(rejected, PARAMETER):
        text = f"nobody who serves this model can do what is asked: {details}; leave it out"
        return NotTranslatable(text, code="routing.parameter", facts=facts)
    if any(r.reason == NO_OPERATION for r in rejected):
        return NotTranslatable("no deployment of this model has this operation", facts=facts)
    return NotTranslatable(
        "every deployment of this model speaks another dialect; use one of its clients", facts=facts
    )


def _details(rejected: Sequence[Rejection], reason: str) -> str:
    return "; ".join(sorted({r.detail for r in rejected if r.reason == reason}))
