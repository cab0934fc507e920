"""The plan of one request, as data: who is asked, in which order, and why others are not."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from guardrail_gw.core.deployment import Deployment, Rejection
from guardrail_gw.core.objective import Objective
from guardrail_gw.core.reason import Reason
from guardrail_gw.core.route_class import RouteClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How long an exchange and its attempts may take, in seconds, as the operator has it."""

    connect_s: float
    """Of each attempt."""
    first_byte_s: float
    """Of each attempt, from its sending until the head of an answer."""
    first_token_s: float | None
    """Of each attempt, from its sending until its stream has content; None: nothing bounds it."""
    idle_s: float
    """Of silence within an answer."""
    deadline_s: float
    """From dispatch until an answer has begun, over all attempts."""
    total_s: float
    """From dispatch until an answer has ended, over all attempts."""

    @property
    def in_ms(self) -> dict[str, int]:
        """The same in milliseconds, by names without the unit; one that is not set is left out."""
        return {
            name.removesuffix("_s"): round(1e3 * seconds)
            for name, seconds in asdict(self).items()
            if seconds is not None
        }


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
    bounds: Bounds | None = None
    """In force for whoever is asked; None: nobody said."""
    retry_after_s: float | None = None
    """Seconds until the first of those that are left alone may be tried; None when none is."""
