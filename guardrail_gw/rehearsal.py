"""One request as far as its plan, by the rooms that serve: nothing is recorded, nothing leaves.

What runs knows more: breakers, measured times and what is left of providers' limits. Budgets and
rates are asked at the attempt, so nothing of them is here.
"""

import math
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TypeVar

from guardrail_gw.cache.eligible import bypass
from guardrail_gw.core.ability import Needs
from guardrail_gw.core.cached import CacheUse
from guardrail_gw.core.deployment import Deployment, Rejection
from guardrail_gw.core.exchange import Arrival, Inbound, Placed, Question
from guardrail_gw.core.identity import Principal, RequestId
from guardrail_gw.core.objective import Objective
from guardrail_gw.core.plan import Bounds, Plan
from guardrail_gw.core.ports import Classifier, Clock, Detector, Headers, UpstreamResponse
from guardrail_gw.core.route_class import RouteClass
from guardrail_gw.core.text import Finding
from guardrail_gw.detection.seams import AcrossSegments
from guardrail_gw.dialects.every import PROVIDERS, WITH_OPENED
from guardrail_gw.errors import Refusal, UpstreamFailed
from guardrail_gw.policy.policy import Policy
from guardrail_gw.policy.ruling import Ruling
from guardrail_gw.policy.source import PolicySet
from guardrail_gw.redaction.placeholder import TokenKey
from guardrail_gw.redaction.redaction import Redaction
from guardrail_gw.residency.arranged import arranged_residency
from guardrail_gw.residency.residency import Residency
from guardrail_gw.routing.arranged import bounds_of, routing_limits
from guardrail_gw.routing.dispatch import Routing
from guardrail_gw.routing.fit import unknown
from guardrail_gw.routing.nearness import Nearness
from guardrail_gw.settings import Settings
from guardrail_gw.upstreams.arranged import zone_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One deployment in a plan."""

    deployment: str
    model: str
    """The virtual model that it is asked for: the client's, or one that is asked instead."""
    place: int | None = None
    """When it is asked among those of its model, from 1; None: it is out."""
    score: float | None = None
    """By the objective, less is better; None: unknown."""
    reason: str = ""
    """Why it is out."""
    detail: str = ""
    doubts: tuple[str, ...] = ()
    """Why it comes after others."""
    near: bool = False
    """Whether it is in the gateway's own zone, and so before its equals."""
    unknown: tuple[str, ...] = ()
    """What it would have to be able to do, and nobody says whether it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What became of a request, as far as its plan."""

    objective: Objective | None
    needs: Needs
    entries: tuple[Entry, ...]
    route_class: RouteClass | None = None
    """Of the request, where the objective of its model, or of one asked instead, is semantic."""
    code: str | None = None
    """Of the refusal, if it came to one."""
    because: str = ""
    cache: str | None = None
    """What keeps the answer from being kept: a `CacheUse`; empty: nothing; None: none ever is."""
    bounds: Bounds | None = None
    """How long it and its attempts might take; None: nobody is asked."""

    @property
    def is_asked(self) -> bool:
        """Whether anybody would be."""
        return any(each.place is not None for each in self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """The rooms up to the plan."""

    policies: PolicySet
    redaction: Redaction
    residency: Residency
    routing: Routing
    is_cached: bool = False
    """Whether answers are given again."""

    async def plan(self, inbound: Inbound) -> Rehearsed:
        """Go as far as the plan of a request, in the order of the chain."""
        ruling = self.policies.ruling(inbound, self.residency.routes)
        try:
            found = _looking(ruling) if ruling.is_open else None
            redacted = await self.redaction.apply(inbound, ruling.policy, found=found)
            placed = self.residency.place(redacted, ruling.policy)
        except Refusal as refusal:
            return _refused(refusal, inbound.question)
        kind = await self.routing.planner.classified(placed)
        return self._planned(placed, kind, bypass(redacted, ruling.policy))

    def _planned(self, placed: Placed, kind: RouteClass | None, why: CacheUse | None) -> Rehearsed:
        planner, model = self.routing.planner, placed.redacted.inbound.question.model
        plan, needs = planner.plan(placed, None, kind), planner.needs(placed)
        entries = [_out(each, model) for each in placed.rejected]
        entries += self._entries(placed, plan, model)
        for other in placed.fallbacks:
            entries += self._entries(placed, planner.plan(placed, other, kind), other.model)
        return Rehearsed(
            objective=plan.objective,
            needs=needs,
            entries=tuple(entries),
            route_class=kind,
            cache=(why or "") if self.is_cached else None,
            bounds=plan.bounds,
        )

    def _entries(self, placed: Placed, plan: Plan, named: str) -> Iterator[Entry]:
        needs = self.routing.planner.needs(placed)
        wordings = self.routing.wordings(placed)
        place = 0
        for deployment, score in zip(plan.order, plan.scores, strict=True):
            if unsaid := wordings.rejection(deployment):
                yield _out(unsaid, named)
                continue
            place += 1
            yield Entry(
                deployment=deployment.id,
                model=named,
                place=place,
                score=score if math.isfinite(score) else None,
                doubts=tuple(each.value for each in plan.doubts.get(deployment.id, ())),
                near=deployment.id in plan.near,
                unknown=tuple(each.value for each in unknown(deployment.abilities, needs)),
            )
        for rejection in plan.rejections:
            yield _out(rejection, named)


def arranged_rehearsal(  # noqa: PLR0913 - the seams of the rooms, each by name
    settings: Settings,
    deployments: Mapping[str, Deployment],
    policies: PolicySet,
    detector: Detector,
    clock: Clock,
    *,
    classifier: Classifier | None = None,
) -> Rehearsal:
    """The rooms as a gateway with this configuration has them when it has just started."""
    residency = arranged_residency(settings, deployments, clock.now_us)
    return Rehearsal(
        policies=policies,
        redaction=Redaction(
            AcrossSegments(detector=detector),
            TokenKey(secrets.token_bytes(32)),
            WITH_OPENED.values(),
            offload=_inline,
        ),
        residency=residency,
        routing=Routing(
            upstream=_Nobody(),
            dialects=PROVIDERS,
            clock=clock,
            still_lawful=residency.still_lawful,
            limits=routing_limits(settings.gateway.routing),
            jitter=secrets.SystemRandom(),
            rankings={model.name: model.ranking() for model in settings.gateway.models},
            classifier=classifier,
            nearness=Nearness(zone_of(settings, is_serving=False)),
            bounds=bounds_of(settings.gateway.routing),
        ),
        is_cached=settings.gateway.cache is not None,
    )


def inbound_of(question: Question, principal: Principal, now_us: int, body: bytes) -> Inbound:
    """A request that arrives now."""
    arrival = Arrival(id=RequestId("rehearsal"), surface=question.dialect, received_us=now_us)
    return Inbound(arrival=arrival, principal=principal, question=question, body=body)


class _Nobody:
    """Sends nothing."""

    def send(
        self,
        deployment: Deployment,
        path: str,  # noqa: ARG002 - the port's
        body: bytes,  # noqa: ARG002 - ditto
        headers: Headers = (),  # noqa: ARG002 - ditto
        method: str = "POST",  # noqa: ARG002 - ditto
    ) -> AbstractAsyncContextManager[UpstreamResponse]:
        """There is no connection."""
        raise UpstreamFailed(f"{deployment.id} is not asked in a rehearsal")


async def _inline(function: Callable[[], T], *, size: int) -> T:  # noqa: ARG001 - the port's
    return function()


def _looking(
    ruling: Ruling,
) -> Callable[[Inbound, Sequence[tuple[Finding, ...]]], Policy]:
    """What depends on what is found."""

    def looked(read: Inbound, findings: Sequence[tuple[Finding, ...]]) -> Policy:
        return ruling.found(read.question.segments, findings, frozenset())

    return looked


def _out(rejection: Rejection, model: str) -> Entry:
    return Entry(
        deployment=rejection.deployment,
        model=model,
        reason=rejection.reason.value,
        detail=rejection.detail,
    )


def _refused(refusal: Refusal, question: Question) -> Rehearsed:
    """A request that nobody is asked for; those that are unlawful are named."""
    out = refusal.facts.get("rejected") or ()
    entries = tuple(
        Entry(
            deployment=str(each["deployment"]),
            model=question.model,
            reason=str(each["reason"]),
            detail=str(each["detail"]),
        )
        for each in out
    )
    return Rehearsed(
        objective=None,
        needs=Needs(),
        entries=entries,
        code=refusal.code,
        because=refusal.detail,
    )
