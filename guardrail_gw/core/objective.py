"""By what the deployments of a virtual model are ranked, as the operator says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


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


BY_COST: Final = Ranking()
