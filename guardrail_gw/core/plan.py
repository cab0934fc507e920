"""The plan of one request, as data: who is asked, in which order, and why others are not."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from guardrail_gw.core.deployment import Deployment, Rejection
from guardrail_gw.core.objective import Objective
from guardrail_gw.core.reason import Reason
from guardrail_gw.core.route_class import RouteClass


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """What to try, in this order, and what not to try.

    Equal to itself alone: many requests have the same one, and whoever has worked with it before
    finds that again.
    """

    objective: Objective = Objective.COST
    """By which they are ranked; with a semantic one that of the class."""
    route_class: RouteClass | None = None
    """Of the request, where the objective of its model is semantic."""
    order: tuple[Deployment, ...]
    scores: tuple[float, ...] = ()
    """Of each in `order`, by the objective; less is better."""
    doubts: Mapping[str, tuple[Reason, ...]] = field(default_factory=dict)
    """Deployment -> why it comes after all that have none."""
    near: frozenset[str] = frozenset()
    """Those of `order` that are in the gateway's own zone."""
    connect_s: Mapping[str, float] = field(default_factory=dict)
    """Deployment -> expected seconds to connect, where that decided between equals."""
    rejections: tuple[Rejection, ...] = ()
    retry_after_s: float | None = None
    """Seconds until the first of those that are left alone may be tried; None when none is."""
