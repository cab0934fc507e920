"""The search for one exchange's answer: who is asked next, and what is told if nobody is left."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from guardrail_gw.core.deployment import Deployment, Rejection
from guardrail_gw.core.exchange import Placed
from guardrail_gw.core.fallback import Cause, Fallback
from guardrail_gw.core.plan import Plan
from guardrail_gw.core.ports import Chance
from guardrail_gw.core.reason import UNFIT, Reason
from guardrail_gw.errors import (
    NoLawfulUpstream,
    NotTranslatable,
    RateExceeded,
    Refusal,
    Unfit,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimeout,
)
from guardrail_gw.routing.attempt import Surroundings
from guardrail_gw.routing.backoff import Backoff
from guardrail_gw.routing.breaker import Breaker, BreakerLimits
from guardrail_gw.routing.budget import RetryLimits
from guardrail_gw.routing.causes import causes_of
from guardrail_gw.routing.fit import lacking
from guardrail_gw.routing.plan import blocked
from guardrail_gw.routing.spending import BUDGET, RATE, UNPRICED, Spending
from guardrail_gw.routing.verdict import Miss, cause_of, nobody_could, refused_to_go_on
from guardrail_gw.routing.wording import (
    NO_DIALECT,
    NO_OPERATION,
    PARAMETER,
    UNTRANSLATABLE,
    Wordings,
)

if TYPE_CHECKING:
    from guardrail_gw.routing.continuing import ContinuedWordings

UNLAWFUL: Final = Reason.UNLAWFUL
_NOT_DONE: Final = frozenset({"connect", "http_401", "http_403", "http_429"})
"""Results of attempts of which nothing came."""
_FILTERED: Final = Cause.CONTENT_POLICY
_UNSAID: Final = frozenset({NO_DIALECT, NO_OPERATION, UNTRANSLATABLE, PARAMETER})


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingLimits:
    """How often and how long one exchange is tried."""

    max_attempts: int = 3
    """Over all deployments together."""
    deadline_s: float = 600.0
    """From dispatch until an answer begins."""
    first_token_s: float | None = None
    """From the sending of each attempt until the first content of its stream."""
    total_s: float = 3600.0
    """From dispatch until an answer has ended, whoever goes on with it."""
    retries: RetryLimits = field(default_factory=RetryLimits)
    backoff: Backoff = field(default_factory=Backoff)
    breaker: BreakerLimits = field(default_factory=BreakerLimits)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Again:
    """Somebody who has failed and may be asked again."""

    deployment: Deployment
    at_s: float
    """Not before that, on the monotonic clock."""


@dataclass(slots=True, kw_only=True)
class Search:
    """The search for one exchange's answer: who is next, and what has been tried."""

    placed: Placed
    plan: Plan
    plan_others: Callable[[Fallback], Plan]
    around: Surroundings
    wordings: "Wordings | ContinuedWordings"
    limits: RoutingLimits
    jitter: Chance
    breaker: Callable[[Deployment], Breaker]
    still_lawful: Callable[[Placed, Deployment], bool]
    spending: Spending | None = None
    """What the exchange reserves, once somebody is asked."""
    misses: list[Miss] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    only: frozenset[str] | None = None
    """Who may be told what was said of the answer; None: whoever may be asked."""
    is_continued: bool = False
    """The rest of an answer is asked for, which has begun for its client."""
    instead: str | None = None
    """The model that is asked now, if it is not the client's."""
    downgraded: tuple[str, ...] = ()
    """The budgets for which that one is asked, if it is of the ladder; sorted."""
    _queue: deque[Deployment] = field(default_factory=deque)
    """Who has not been asked yet, and whoever is to be asked again now."""
    _later: list["_Again"] = field(default_factory=list)
    """Who may be asked again, each after a wait."""
    _failures: dict[str, int] = field(default_factory=dict)
    """How often each deployment of the present model has failed."""
    _has_begun: bool = False
    _others: deque[Fallback] = field(default_factory=deque)
    _missed: int = 0
    """Attempts that were made before the present model was asked."""
    _refused: UpstreamRefused | None = None
    """What a provider refused and another model was asked for."""
    _turned: Cause | None = None
    """Why the present model is left, if it refused the request."""
    _stale: set[str] = field(default_factory=set)
    """Whom a connection failed that had rested; each of them once, which counts for nothing."""
    _for_nothing: int = 0
    """Attempts that did, of all models."""

    @property
    def is_over(self) -> bool:
        """Whether it may have arrived somewhere that does not say so, and must not do so twice."""
        once = self.placed.redacted.inbound.question.once
        return once and any(miss.result not in _NOT_DONE for miss in self.misses)

    async def candidate(self) -> Deployment | None:
        """Who is asked next, once every gate lets it; None when nobody is left, or no time.

        Everybody is asked once before anybody is asked again, so that a first retry waits for
        nothing; whoever is asked again is asked after a wait.
        """
        if not self._has_begun:
            self._has_begun = True
            self._queue.extend(self.plan.order)
            self._others.extend(self.placed.fallbacks)
        while self._left_s() > 0.0 and await self._has_next():
            rejection = self._rejection(self._queue[0])
            if rejection is None:
                return self._queue[0]
            self.rejected.append(rejection)
            self._queue.popleft()
        return None

    def beside(self, running: Deployment) -> Deployment | None:
        """Who can be asked at once while somebody is being asked, once every gate lets it."""
        if self._made + 1 >= self.limits.max_attempts:
            return None
        for deployment in [each for each in self._queue if each != running]:
            rejection = self._rejection(deployment)
            if rejection is None:
                return deployment
            self.rejected.append(rejection)
            self._queue.remove(deployment)
        return None

    async def _has_next(self) -> bool:
        """Whether somebody is left to ask: of this model, or of one that is asked instead."""
        while self._made < self.limits.max_attempts:
            if self._queue:
                return True
            if not await self._waited():
                break
        return self._has_instead() and await self._has_next()

    async def _waited(self) -> bool:
        """Wait for the first of those that may be asked again; whether there is one."""
        left_s = self._left_s()
        due = [each for each in self._later if each.at_s < self.around.deadline_s]
        if not due or left_s <= 0.0:
            return False
        first = min(due, key=lambda each: each.at_s)
        self._later.remove(first)
        wait_s = first.at_s - self.around.clock.monotonic_s()
        if wait_s > 0.0:
            await self.around.clock.sleep(wait_s)
        self._queue.append(first.deployment)
        return True

    def _has_instead(self) -> bool:
        """Go over to another model, if what stood in the way is a cause to."""
        other = self._other()
        if other is None:
            return False
        self._others = deque(each for each in self._others if each.model != other.model)
        self.instead, self._missed, self._turned = other.model, len(self.misses), None
        spending = self.spending if other.is_rung else None
        self.downgraded = () if spending is None else spending.went_down()
        self._stale.clear()
        others = self.plan_others(other)
        self.rejected += others.rejections
        self._queue = deque(others.order)
        self._later.clear()
        self._failures.clear()
        return True

    def _other(self) -> Fallback | None:
        """The next model that what stood in the way leads to."""
        goes_down = self.spending is not None and bool(self.spending.downgrading)
        causes = self._causes
        led = (e for e in self._others if (goes_down if e.is_rung else e.on & causes))
        return next(filter(self._may_see, led), None)

    @property
    def _causes(self) -> frozenset[Cause]:
        """What leads to other models: why the present one refused; else all that was met so far."""
        if self._turned is not None:
            return frozenset({self._turned})
        refused = {miss.cause for miss in self.misses if miss.cause is not None}
        failed = (miss.result for miss in self._told if miss.cause is None)
        return causes_of(failed, self._reasons()) | refused

    def _may_see(self, other: Fallback) -> bool:
        """Whether it is for what a provider's filter refused, if one did: it has to be named so."""
        is_filtered = any(miss.cause is _FILTERED for miss in self.misses)
        return _FILTERED in other.on or not (is_filtered or self._turned is _FILTERED)

    def turns_from(self, refused: UpstreamRefused) -> Miss | None:
        """Leave a model whose provider refused the request, if others are named for such a cause.

        Whoever else serves that model would refuse it, too, and is not asked.
        """
        cause = cause_of(refused)
        if cause is None or not any(cause in e.on and self._may_see(e) for e in self._others):
            return None
        self._refused, self._turned = refused, cause
        self._queue.clear()
        self._later.clear()
        return refused_to_go_on(refused.status, cause)

    @property
    def is_again(self) -> bool:
        """Whether an attempt was made that counts, so that one more is a retry."""
        return len(self.misses) > self._for_nothing

    @property
    def _made(self) -> int:
        """Attempts at the present model, but for those that counted for nothing."""
        return len(self.misses) - self._missed - len(self._stale)

    @property
    def _results(self) -> list[str]:
        """Of the attempts; a connection that had been closed says nothing where others did."""
        return [miss.result for miss in self._told]

    @property
    def _told(self) -> list[Miss]:
        return [miss for miss in self.misses if not miss.at_once] or self.misses

    @property
    def _out(self) -> tuple[Rejection, ...]:
        """Who is out, and why: of the plan, and at the attempt."""
        return (*self.plan.rejections, *self.rejected)

    def _reasons(self) -> list[Reason]:
        return [r.reason for r in self._out]

    @property
    def has_cheaper(self) -> bool:
        """Whether models of the ladder are left that have not been asked."""
        left = self._others if self._has_begun else self.placed.fallbacks
        return any(each.is_rung for each in left)

    async def can_pay(self, deployment: Deployment) -> bool:
        """Reserve what asking it may cost; if there is no room for it, others are asked."""
        if self.spending is None:
            return True
        rejection = await self.spending.attempt(
            deployment, self.instead, has_cheaper=self.has_cheaper
        )
        if rejection is None:
            return True
        self.rejected.append(rejection)
        self._queue.remove(deployment)
        return False

    def pass_over(self) -> None:
        """Leave the deployment that is next alone, and go on to others.

        There is no retry to spare for it, so that nobody who has failed is waited for either.
        """
        self._queue.popleft()
        self._later.clear()

    async def missed(self, deployment: Deployment, miss: Miss) -> None:
        """Note a miss; the same deployment is asked again when the others have been."""
        if self.spending is not None:
            await self.spending.missed(deployment, miss.result)
        self.note(deployment, miss)

    def note(self, deployment: Deployment, miss: Miss) -> None:
        """Note that it is somebody else's turn."""
        self.misses.append(miss)
        if deployment in self._queue:
            self._queue.remove(deployment)
        if miss.at_once and deployment.id not in self._stale:
            self._stale.add(deployment.id)
            self._for_nothing += 1
            self._queue.appendleft(deployment)
            return
        failures = self._failures[deployment.id] = self._failures.get(deployment.id, 0) + 1
        if not miss.again:
            return
        wait_s = self.limits.backoff.wait_s(failures, miss.asked_s, self.jitter)
        if wait_s is not None:
            at_s = self.around.clock.monotonic_s() + wait_s
            self._later.append(_Again(deployment=deployment, at_s=at_s))

    def fault(self) -> Refusal:
        """What the client is told when nothing is left."""
        if self._refused is not None:
            return self._refused
        facts = {
            "results": [miss.result for miss in self.misses],
            "rejected": [
                {"deployment": r.deployment, "reason": r.reason, "detail": r.detail}
                for r in self._out
            ],
        }
        if self._out and all(r.reason == UNLAWFUL for r in self._out) and not self.misses:
            return NoLawfulUpstream("no deployment is lawful at the attempt", facts=facts)
        if self._is_unsaid():
            return _unsaid(self._out, facts)
        if not self.misses and (short := self._is_short(facts)):
            return short
        if self.misses and all(result == "timeout" for result in self._results):
            return UpstreamTimeout("no lawful deployment answered in time", facts=facts)
        results = self._results or self._pauses()
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
            "every lawful deployment is at its rate",
            retry_after_s=self.spending.wait_s,
            facts=facts,
        )

    def _pauses(self) -> list[str]:
        """What the deployments asked for a pause with; nothing unless all of them did."""
        now = self.around.clock.monotonic_s()
        paused = [self.breaker(deployment).paused_for(now) for deployment in self.placed.reachable]
        known = [result for result in paused if result is not None]
        return known if len(known) == len(paused) else []

    def _is_unsaid(self) -> bool:
        """Whether everybody was left out for what is asked, so that trying again is no use."""
        reasons = set(self._reasons())
        if self.misses or reasons.isdisjoint(_UNSAID | UNFIT):
            return False
        return reasons <= {*_UNSAID, *UNFIT, UNLAWFUL}

    def _rejection(self, deployment: Deployment) -> Rejection | None:
        """Every gate once more: time has passed since the plan was made."""
        name = deployment.id
        known = deployment in self.placed.reachable and (self.only is None or name in self.only)
        if not known or not self.still_lawful(self.placed, deployment):
            return Rejection(deployment=name, reason=UNLAWFUL, detail="not lawful at the attempt")
        if unsaid := self.wordings.rejection(deployment):
            return unsaid
        wait_s = self.breaker(deployment).blocked_s(self.around.clock.monotonic_s())
        return blocked(deployment, wait_s) if wait_s > 0.0 else None

    def _left_s(self) -> float:
        return self.around.deadline_s - self.around.clock.monotonic_s()

    def _retry_after_s(self) -> float | None:
        """When the first of the deployments may be tried again; None when nobody knows."""
        now = self.around.clock.monotonic_s()
        unfit = {r.deployment for r in self._out if r.reason in UNFIT}
        able = [d for d in self.placed.reachable if d.id not in unfit]
        waits = [self.breaker(d).blocked_s(now) for d in able]
        known = [wait for wait in waits if wait > 0.0]
        if known and len(known) == len(waits):
            return min(known)
        asked = [miss.asked_s for miss in self.misses if miss.asked_s is not None]
        return min(asked) if asked and len(asked) == len(self.misses) else None


def _unsaid(rejected: Sequence[Rejection], facts: Mapping[str, Any]) -> NotTranslatable | Unfit:
    """What the client is told: the members that stand in the way, or what nobody can do."""
    if text := lacking(r for r in rejected if r.reason is not UNLAWFUL):
        text = f"no deployment of this model {text}"
        if all(r.reason in {Reason.CONTEXT, UNLAWFUL} for r in rejected):
            return Unfit(f"{text}; send less", code="routing.context", facts=facts)
        return Unfit(f"{text}; leave it out, or ask another model", facts=facts)
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
