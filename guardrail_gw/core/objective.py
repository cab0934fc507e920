"""By what the deployments of a virtual model are ranked, as the operator says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.route_class import RouteClass


class Objective(StrEnum):
    """What the first of them is best at."""

    COST = "cost"
    """Cheapest first."""
    LATENCY = "latency"
    """Whoever is expected to have answered first."""
    WEIGHTED = "weighted"
    """By chance, in proportion to weights."""
    LEAST_BUSY = "least_busy"
    """The less busy of two that chance picks."""
    QUALITY = "quality"
    """The strongest class first; within it the cheapest."""
    STICKY = "sticky"
    """The same for all requests that have something in common, so that its prompt cache is warm."""
    SEMANTIC = "semantic"
    """As the route class of the request says."""


class StickyBy(StrEnum):
    """What requests have in common that go to the same deployment."""

    CONVERSATION = "conversation"
    """Caller and first turn."""
    CALLER = "caller"
    """The key, and the user it stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """How one virtual model ranks."""

    objective: Objective = Objective.COST
    weights: Mapping[str, int] = field(default_factory=dict)
    """Deployment -> weight; one that is not in it weighs 1."""
    sticky_by: StickyBy = StickyBy.CONVERSATION
    prefer: frozenset[str] = frozenset()
    """Deployments that are asked before those that are as fit and as well."""
    prefer_quality: frozenset[int] = frozenset()
    """Classes of quality of which the same holds."""
    classes: Mapping[str, "Ranking"] = field(default_factory=dict)
    """With `semantic`: route class -> how its requests are ranked; one that is not in it is by
    cost."""

    @property
    def prefers(self) -> bool:
        """Whether somebody is preferred."""
        return bool(self.prefer or self.prefer_quality)

    def preferred(self, deployment: Deployment) -> bool:
        """Whether this one is."""
        return deployment.id in self.prefer or deployment.quality in self.prefer_quality

    def of(self, route_class: RouteClass | None) -> "Ranking":
        """How a request of this class is ranked; None: it has none."""
        if self.objective is not Objective.SEMANTIC:
            return self
        return BY_COST if route_class is None else self.classes.get(route_class.name, BY_COST)

    @property
    def is_drawn(self) -> bool:
        """Whether chance decides, or what requests have in common."""
        return self.objective in _DRAWN


_DRAWN: Final = frozenset({Objective.WEIGHTED, Objective.LEAST_BUSY, Objective.STICKY})
BY_COST: Final = Ranking()
