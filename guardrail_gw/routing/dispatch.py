"""The attempt loop: the best lawful deployment, then again, then the next, in one deadline."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Final

from guardrail_gw.core.cached import Answered, CacheUse
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.exchange import Inbound, Journal, Placed, Recorded, Reply
from guardrail_gw.core.leaving import MayLeave
from guardrail_gw.core.objective import Ranking
from guardrail_gw.core.plan import Bounds
from guardrail_gw.core.ports import Chance, Classifier, Clock, Spoken, Upstream
from guardrail_gw.core.way import PLAIN, Way
from guardrail_gw.deadline import Deadlines
from guardrail_gw.errors import UpstreamRefused
from guardrail_gw.policy.policy import Policy
from guardrail_gw.routing.accounts import Accounts
from guardrail_gw.routing.ahead import Ahead, Planned
from guardrail_gw.routing.attempt import Sending, Surroundings
from guardrail_gw.routing.breaker import Breaker
from guardrail_gw.routing.budget import RetryBudget
from guardrail_gw.routing.groups import Grouped
from guardrail_gw.routing.health import Health
from guardrail_gw.routing.hedge import CANCELLED, Hedge, may_hedge
from guardrail_gw.routing.nearness import Nearness
from guardrail_gw.routing.planner import Planner
from guardrail_gw.routing.search import RoutingLimits, Search
from guardrail_gw.routing.served import Served
from guardrail_gw.routing.spending import Guess, Spending, guess_of, may_cost, nothing_seen, used
from guardrail_gw.routing.spent import Spent
from guardrail_gw.routing.verdict import Miss, refused_to_go_on
from guardrail_gw.routing.wording import Wordings

if TYPE_CHECKING:
    from guardrail_gw.routing.enduring import Enduring

_NO_RANKINGS: Final[Mapping[str, Ranking]] = {}
_PLAIN_WAYS: Final[Mapping[str, Way]] = {}
_RESUMING: Final = (
    "guardrail_gw.dialects.continuation.asked",
    "guardrail_gw.routing.enduring",
)
"""What only models need whose streams are gone on with."""


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
        jitter: Chance,
        rankings: Mapping[str, Ranking] = _NO_RANKINGS,
        accounts: Accounts | None = None,
        ways: Mapping[str, Way] = _PLAIN_WAYS,
        classifier: Classifier | None = None,
        nearness: Nearness | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        """Use it in one event loop.

        Args:
            upstream: sends.
            dialects: what providers speak.
            clock: tells the time.
            still_lawful: asked right before every attempt.
            limits: how often and how long one exchange is tried.
            jitter: the source of chance.
            rankings: virtual model -> by what it is ranked; one that is not in it is by cost.
            accounts: without it nobody has a budget or a rate.
            ways: how requests of virtual models are sent; one that is not in it is plain.
            classifier: sorts requests of models whose objective is semantic.
            nearness: decides between equals; None: nobody is nearer than others.
            bounds: what is in force of `limits` and of the upstream's, for the record.
        """
        self._accounts = accounts
        self._ways = ways
        if any(way.resumes for way in ways.values()):
            for name in _RESUMING:  # now, so that no request waits for it
                import_module(name)
        self._upstream = upstream
        self._dialects = dialects
        self._clock = clock
        self._still_lawful = still_lawful
        self._limits = limits
        self._jitter = jitter
        self._budget = RetryBudget(limits=limits.retries)
        self._deadlines = Deadlines()
        self._healths: dict[str, Health] = {}
        self.planner = Planner(
            dialects=dialects,
            clock=clock,
            jitter=jitter,
            rankings=rankings,
            classifier=classifier,
            healths=self._healths,
            grouped=Grouped(nearness or Nearness(), bounds),
        )
        self._answers: dict[str, bool] = {}
        """Deployment -> whether its last attempt had an answer; those asked at least once."""

    async def asked(self, inbound: Inbound, policy: Policy) -> Inbound:  # noqa: ARG002 - the seam's
        """A request to a model says itself what it asks for."""
        return inbound

    async def ahead(
        self,
        placed: Placed,
        journal: Journal,
        policy: Policy | None = None,  # noqa: ARG002 - the seam's
    ) -> Ahead:
        """The plan of a request, for its record, and what else can be made of it before that.

        Args:
            placed: what may leave once it is recorded.
            journal: of the exchange.
            policy: which binds; it was obeyed when the request was placed.
        """
        kind = journal.route_class = await self.planner.classified(placed)
        planned = self.planner.planned(placed, kind)
        return Ahead(planned.plan, partial(self._search, placed, journal, planned))

    def wordings(self, placed: Placed) -> Wordings:
        """The request in the words of whoever would be asked."""
        return Wordings(placed.redacted, self._dialects)

    def dispatch(
        self,
        recorded: Recorded,
        ahead: Ahead | None = None,
        may_leave: MayLeave | None = None,
        answered: Answered | None = None,
    ) -> AbstractAsyncContextManager[Reply]:
        """Give the answer of the first deployment that has one; every attempt is in the journal.

        Leaving the context closes the connection to the provider, whatever has been read of it.

        Args:
            recorded: what may leave.
            ahead: what was made of the same request already.
            may_leave: says how what was said of an answer may be sent to whoever is to go on with
                it; without it nobody does.
            answered: the answer that is at hand; who gave it must be lawful still.

        Raises:
            UpstreamRefused: a provider refused the request itself.
            UpstreamTimeout: no deployment answered in time.
            UpstreamFailed: none answered, or all are out for now (`retry_after_s` says how long);
                UpstreamRateLimited or UpstreamOverloaded where all say, or said, that they are.
            NoLawfulUpstream: none of them is lawful any more.
            NotTranslatable: none speaks the client's dialect, and the request cannot be translated.
            Unfit: the model of none of them can do what is asked.
            RateExceeded: the caller asks too often, or for too much.
            BudgetExceeded: nobody may be asked for what it may cost.
            StateDown: nobody can say what was spent.
        """
        if answered is not None:
            if self._still_lawful(recorded.placed, answered.deployment):
                return Served(recorded, answered, self.spending(recorded))
            recorded.journal.cache = CacheUse.EXCLUDED
        search = ahead.search if ahead is not None else None
        if search is None or search.placed is not recorded.placed:
            search = self._search(recorded.placed, recorded.journal)
        return Dispatch(self, recorded, search, may_leave)

    def states(self) -> dict[str, bool]:
        """Deployment -> whether its breaker is open; those asked at least once."""
        return {name: health.breaker.is_open for name, health in self._healths.items()}

    @property
    def healths(self) -> Mapping[str, Health]:
        """Deployment -> what is known of it; those asked at least once."""
        return self._healths

    def spending(self, recorded: Recorded) -> Spending | None:
        """What the exchange reserves and uses; None where nothing is counted."""
        if self._accounts is None:
            return None
        return Spending(self._accounts, self._guess(recorded), recorded.journal)

    def estimate(self, recorded: Recorded, spent: Spent) -> None:
        """Note what an answer may have cost that its provider did not count."""
        if not (spent.is_counted and spent.is_whole):
            used(self._guess(recorded), spent, recorded.journal)

    def enduring(
        self, recorded: Recorded, search: Search, sending: Sending, may_leave: MayLeave | None
    ) -> "Enduring | None":
        """The answer as one that is gone on with when it breaks off; None where it is not."""
        redacted = recorded.placed.redacted
        question = redacted.inbound.question
        if may_leave is None or not self._ways.get(question.model, PLAIN).resumes:
            return None
        from guardrail_gw.dialects.continuation.asked import obstacle  # noqa: PLC0415 - as configured

        members = self._dialects[question.dialect].members(question)
        if obstacle(redacted, members) is not None:
            return None
        from guardrail_gw.dialects.continuation.so_far import SoFar  # noqa: PLC0415 - ditto
        from guardrail_gw.routing.enduring import Enduring  # noqa: PLC0415 - ditto

        async def broke(spent: Spent) -> None:
            if search.spending is not None:
                await search.spending.broke(spent)
            else:
                self.estimate(recorded, spent)

        return Enduring(
            recorded=recorded,
            search=search,
            dialects=self._dialects,
            sending=sending,
            so_far=SoFar(question.dialect),
            may_leave=may_leave,
            answer=partial(self._answer, recorded),
            broke=broke,
        )

    def _guess(self, recorded: Recorded) -> Guess:
        redacted = recorded.placed.redacted
        return guess_of(redacted, self._dialects[redacted.inbound.question.dialect])

    async def committed(self, recorded: Recorded, search: Search) -> Sending:
        """The first attempt whose answer is certain; whoever asks for it closes it."""
        self._budget.request()
        await search.wordings.prepare(recorded.placed.lawful)
        return await self._answer(recorded, search)

    async def _answer(self, recorded: Recorded, search: Search) -> Sending:
        while (deployment := await search.candidate()) is not None:
            if search.is_over:
                break
            if search.is_again and not self._may_be_asked_too(deployment):
                search.pass_over()
                continue
            if deployment not in recorded.placed.lawful:  # of a model that is asked instead
                await search.wordings.prepare((deployment,))
            if not await search.can_pay(deployment):
                continue
            sending, missed = await self._opened(recorded, search, deployment)
            if missed is None:
                self._answers[sending.deployment.id] = True
                return sending
            await self._missed(recorded, search, sending, missed)
        raise search.fault()

    async def _missed(
        self, recorded: Recorded, search: Search, sending: Sending, missed: Miss
    ) -> None:
        """Note it, and what it may have cost; where nothing is counted the record has it alone."""
        if not missed.at_once:
            self._answers[sending.deployment.id] = False
        if search.spending is None and may_cost(missed.result):
            self.estimate(recorded, nothing_seen(sending.deployment))
        await search.missed(sending.deployment, missed)

    async def _opened(
        self, recorded: Recorded, search: Search, deployment: Deployment
    ) -> tuple[Sending, Miss | None]:
        """Open an attempt at one deployment, and perhaps another one beside it."""
        redacted = recorded.placed.redacted
        way = self._ways.get(redacted.inbound.question.model, PLAIN)
        first = self._sending(search, deployment)
        if way.hedge_after_s is None or search.misses or not may_hedge(redacted):
            return first, await self._alone(recorded, search, first)

        async def beside() -> Sending | None:
            other = search.beside(deployment)
            if other is None or not self._budget.take(self._clock.monotonic_s()):
                return None
            while other is not None and not await search.can_pay(other):
                other = search.beside(deployment)
            return None if other is None else self._sending(search, other)

        async def left(sending: Sending) -> None:
            if search.spending is not None:
                await search.spending.missed(sending.deployment, CANCELLED)
            else:
                self.estimate(recorded, nothing_seen(sending.deployment))

        hedge = Hedge(
            after_s=way.hedge_after_s,
            open=partial(_opened, search=search),
            beside=beside,
            missed=partial(self._missed, recorded, search),
            left=left,
        )
        return await hedge.opened(first)

    async def _alone(self, recorded: Recorded, search: Search, sending: Sending) -> Miss | None:
        """Open an attempt that no other is beside."""
        try:
            return await _opened(sending, search)
        except asyncio.CancelledError:  # its client has left, and what was sent may be read
            if search.spending is None:
                self.estimate(recorded, nothing_seen(sending.deployment))
            raise

    def _may_be_asked_too(self, deployment: Deployment) -> bool:
        """Whether one more attempt may go there: to whoever answers always, else by the budget.

        Many requests may miss at once before a breaker opens; each must get to one that is well.
        """
        if self._answers.get(deployment.id, True):
            return True
        return self._budget.take(self._clock.monotonic_s())

    def _search(self, placed: Placed, journal: Journal, planned: Planned | None = None) -> Search:
        now = self._clock.monotonic_s()
        question = placed.redacted.inbound.question
        asked, first = planned or self.planner.planned(placed)
        return Search(
            placed=placed,
            plan=first,
            plan_others=lambda other: self.planner.made(placed, asked, other),
            around=Surroundings(
                upstream=self._upstream,
                clock=self._clock,
                stream=question.stream,
                journal=journal,
                deadlines=self._deadlines,
                deadline_s=now + self._limits.deadline_s,
                ends_s=now + self._limits.total_s,
                first_token_s=self._limits.first_token_s,
                tier=asked.needs.tier,
            ),
            wordings=Wordings(placed.redacted, self._dialects),
            limits=self._limits,
            jitter=self._jitter,
            breaker=self._breaker,
            still_lawful=self._still_lawful,
        )

    def _sending(self, search: Search, deployment: Deployment) -> Sending:
        wording = search.wordings.of(deployment)
        return Sending(search.around, deployment, self._health(deployment), wording)

    def _health(self, deployment: Deployment) -> Health:
        health = self._healths.get(deployment.id)
        if health is None:
            breaker = Breaker(self._limits.breaker)
            health = self._healths[deployment.id] = Health(breaker)
        return health

    def _breaker(self, deployment: Deployment) -> Breaker:
        return self._health(deployment).breaker


class Dispatch:
    """One request on its way to whoever answers it."""

    __slots__ = ("_may_leave", "_recorded", "_routing", "_search", "_sending", "_spending")

    def __init__(
        self, routing: Routing, recorded: Recorded, search: Search, may_leave: MayLeave | None
    ) -> None:
        """Use `Routing.dispatch`."""
        self._may_leave = may_leave
        self._routing = routing
        self._recorded = recorded
        self._search = search
        self._sending: Sending | Enduring | None = None
        self._spending: Spending | None = None

    async def __aenter__(self) -> Reply:
        """Find an answer."""
        recorded = self._recorded
        self._spending = self._search.spending = spending = self._routing.spending(recorded)
        try:
            if spending is not None:
                first = next(iter(self._search.plan.order), None)
                await spending.enter(first, has_cheaper=self._search.has_cheaper)
            sending = await self._routing.committed(recorded, self._search)
            self._sending = sending
        except BaseException as error:
            if spending is not None:
                await spending.leave(refused=isinstance(error, UpstreamRefused))
            raise
        recorded.journal.deployment = sending.deployment.id
        recorded.journal.left_out = sending.left_out
        recorded.journal.fallback = self._search.instead
        recorded.journal.downgraded = self._search.downgraded
        events: Sending | Enduring = sending
        enduring = self._routing.enduring(recorded, self._search, sending, self._may_leave)
        if enduring is not None:
            self._sending = events = enduring
        return Reply(
            deployment=sending.deployment,
            stream=recorded.placed.redacted.inbound.question.stream,
            events=events,
            ready=events.ready,
            named=sending.named if sending.wording.said is None else None,
            names=sending.names if sending.wording.said is None else (),
        )

    async def __aexit__(self, *error: object) -> None:
        """Close the connection to the provider, and settle what was used."""
        sending, spending = self._sending, self._spending
        if sending is None:
            return
        try:
            await sending.close()
        finally:
            spent = sending.spent
            if spending is not None:
                await spending.leave(spent=spent)
            elif spent is not None:
                self._routing.estimate(self._recorded, spent)


async def _opened(sending: Sending, search: Search) -> Miss | None:
    """Open an attempt; whoever refuses to go on with an answer has only missed it.

    So has whoever refuses what another model may be asked for.
    """
    try:
        return await sending.open()
    except UpstreamRefused as refused:
        if search.is_continued:
            return refused_to_go_on(refused.status)
        missed = search.turns_from(refused)
        if missed is None:
            raise
        return missed
