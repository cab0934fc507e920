"""Whom a request would be sent to, as all are now: what it needs, who is well, who is first."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from guardrail_gw.core.ability import Needs
from guardrail_gw.core.exchange import Placed, Redacted
from guardrail_gw.core.fallback import Fallback
from guardrail_gw.core.objective import BY_COST, Objective, Ranking
from guardrail_gw.core.plan import Plan
from guardrail_gw.core.ports import Chance, Classifier, Clock, Spoken
from guardrail_gw.core.route_class import RouteClass
from guardrail_gw.dialects.last_said import last_said
from guardrail_gw.routing.ahead import Asked, Planned
from guardrail_gw.routing.chance import seed_of
from guardrail_gw.routing.groups import Grouped
from guardrail_gw.routing.health import Health, standing
from guardrail_gw.routing.needs import needs_of
from guardrail_gw.routing.plan import plan
from guardrail_gw.routing.rank import BY_COST_ALONE, Judge
from guardrail_gw.routing.sticky import common_seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Makes plans of what `routing` knows; sends nothing, and notes nothing.

    Args:
        dialects: what providers speak.
        clock: tells the time.
        jitter: the source of chance.
        rankings: virtual model -> by what it is ranked; one that is not in it is by cost.
        classifier: sorts requests of models whose objective is semantic.
        healths: deployment -> what is known of it; those asked at least once.
        grouped: what was worked out for earlier requests.
    """

    dialects: Mapping[str, Spoken]
    clock: Clock
    jitter: Chance
    rankings: Mapping[str, Ranking]
    classifier: Classifier | None
    healths: Mapping[str, Health]
    grouped: Grouped

    async def classified(self, placed: Placed) -> RouteClass | None:
        """What kind of request it is, by what would leave; None where no ranking asks for it."""
        if self.classifier is None:
            return None
        question = placed.redacted.inbound.question
        models = (question.model, *(each.model for each in placed.fallbacks))
        rankings = [self.rankings.get(model, BY_COST) for model in models]
        if all(each.objective is not Objective.SEMANTIC for each in rankings):
            return None
        said = last_said(question.dialect, placed.redacted.envelope)
        return await self.classifier.classify(said)

    def planned(self, placed: Placed, route_class: RouteClass | None = None) -> Planned:
        """What a request needs, and the plan for the model that its client names."""
        asked = Asked(self.needs(placed), route_class)
        return Planned(asked, self.made(placed, asked))

    def plan(
        self,
        placed: Placed,
        other: Fallback | None = None,
        route_class: RouteClass | None = None,
    ) -> Plan:
        """Whom it would be sent to, in which order, as everybody is now.

        Args:
            placed: what may leave.
            other: the model that is asked instead, if one is.
            route_class: what `classified` says of it.
        """
        return self.made(placed, Asked(self.needs(placed), route_class), other)

    def needs(self, placed: Placed) -> Needs:
        """What it needs of a model."""
        question = placed.redacted.inbound.question
        return needs_of(placed.redacted, self.dialects[question.dialect])

    def made(self, placed: Placed, asked: Asked, other: Fallback | None = None) -> Plan:
        """The same for a request whose needs are known."""
        now_s, known = self.clock.monotonic_s(), self.healths
        question, needs = placed.redacted.inbound.question, asked.needs
        lawful = placed.lawful if other is None else other.lawful
        whole = self.rankings.get(question.model if other is None else other.model, BY_COST)
        ranking = whole.of(asked.route_class)
        seed = partial(self._seed, placed.redacted, ranking)
        how = standing(lawful, known, tokens=needs.read_most, now_s=now_s, seed=seed)
        judge = BY_COST_ALONE
        if ranking.prefers or ranking.objective is not Objective.COST:
            judge = Judge(
                ranking=ranking,
                seed=seed() if ranking.is_drawn else 0,
                known=known,
                now_s=now_s,
                stream=question.stream,
            )
        dialect = question.dialect
        found = plan(lawful, needs, standing=how, judge=judge, dialect=dialect, kept=self.grouped)
        return found if whole is ranking else replace(found, route_class=asked.route_class)

    def _seed(self, redacted: Redacted, ranking: Ranking) -> int:
        if ranking.objective is Objective.STICKY:
            return common_seed(redacted, ranking.sticky_by)
        return seed_of(self.jitter.uniform(0.0, 1.0))
