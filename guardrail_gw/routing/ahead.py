"""What is worked out for a request before it may leave."""

from collections.abc import Callable
from typing import NamedTuple

from guardrail_gw.core.ability import Needs
from guardrail_gw.core.plan import Plan
from guardrail_gw.core.route_class import RouteClass
from guardrail_gw.core.tool import Called
from guardrail_gw.routing.search import Search


class Asked(NamedTuple):
    """What decides about a request besides who may answer it."""

    needs: Needs
    route_class: RouteClass | None


class Planned(NamedTuple):
    """What a request needs, and the plan for it."""

    asked: Asked
    plan: Plan


class Ahead:
    """The work on a request for whom it goes to first; nothing of it leaves, and nobody is told."""

    __slots__ = ("_search", "called", "plan", "search")

    def __init__(self, plan: Plan, search: Callable[[], Search]) -> None:
        """Use `Routing.ahead`."""
        self._search = search
        self.plan = plan
        self.called: Called | None = None
        self.search: Search | None = None

    @property
    def is_made(self) -> bool:
        """Whether it is done."""
        return self.search is not None

    def make(self) -> None:
        """Do it, while there is nothing else to do for the request."""
        self.search = search = self._search()
        for deployment in search.plan.order[:1]:
            search.wordings.ahead(deployment)
