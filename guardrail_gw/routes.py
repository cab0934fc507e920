"""Virtual models, as an operator writes them; docs/routing.md explains them."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from guardrail_gw.catalog.facts import Name
from guardrail_gw.core.fallback import Cause
from guardrail_gw.core.objective import Objective, Ranking, StickyBy
from guardrail_gw.documents import Strict

ModelName = Annotated[str, Field(min_length=1, max_length=200)]


class FallbackConfig(Strict):
    """Another virtual model, asked when nobody of the first one answers."""

    model: ModelName
    on: Annotated[tuple[Cause, ...], Field(min_length=1)] | None = None
    """What has to have stood in the way; None: anything."""


class RouteConfig(Strict):
    """A virtual model: the name clients use, where it may be served, and by what it is ranked."""

    name: ModelName
    deployments: Annotated[tuple[Name, ...], Field(min_length=1)]
    fallbacks: tuple[FallbackConfig, ...] = ()
    objective: Objective = Objective.COST
    weights: dict[Name, Annotated[int, Field(ge=0, le=1000)]] = Field(default_factory=dict)
    """With `objective: weighted`: deployment -> weight."""
    sticky_by: StickyBy = StickyBy.CONVERSATION
    """With `objective: sticky`: what requests have in common that stay together."""

    @model_validator(mode="after")
    def _weights_are_used(self) -> Self:
        if self.weights and self.objective is not Objective.WEIGHTED:
            raise ValueError("weights count with `objective: weighted` only")
        if unknown := sorted(self.weights.keys() - set(self.deployments)):
            raise ValueError(f"weights of {', '.join(unknown)}, which do not serve this model")
        if not any(self.weights.get(name, 1) for name in self.deployments):
            raise ValueError("one of the weights must be above 0")
        return self

    def ranking(self) -> Ranking:
        """The value that plans are made by."""
        return Ranking(
            objective=self.objective, weights=dict(self.weights), sticky_by=self.sticky_by
        )
