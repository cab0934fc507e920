"""Virtual models and how they are tried, as an operator writes them (docs/routing.md)."""

from collections.abc import Collection
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from guardrail_gw.catalog.facts import Name
from guardrail_gw.core.fallback import Cause
from guardrail_gw.core.objective import Objective, Ranking, StickyBy
from guardrail_gw.core.way import Way
from guardrail_gw.documents import Strict

ModelName = Annotated[str, Field(min_length=1, max_length=200)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


class FallbackConfig(Strict):
    """Another virtual model, asked when nobody of the first one answers."""

    model: ModelName
    on: Annotated[tuple[Cause, ...], Field(min_length=1)] | None = None
    """What has to have stood in the way; None: anything but `content_policy`."""


class RankedConfig(Strict):
    """By what deployments are ranked."""

    objective: Objective = Objective.COST
    weights: dict[Name, Annotated[int, Field(ge=0, le=1000)]] = Field(default_factory=dict)
    """With `objective: weighted`: deployment -> weight."""
    sticky_by: StickyBy = StickyBy.CONVERSATION
    """With `objective: sticky`: what requests have in common that stay together."""

    def check(self, deployments: Collection[str]) -> None:
        """Hold the weights to the deployments that are ranked.

        Raises:
            ValueError: they say nothing, or of others.
        """
        if self.weights and self.objective is not Objective.WEIGHTED:
            raise ValueError("weights count with `objective: weighted` only")
        if unknown := sorted(self.weights.keys() - set(deployments)):
            raise ValueError(f"weights of {', '.join(unknown)}, which do not serve this model")
        if not any(self.weights.get(name, 1) for name in deployments):
            raise ValueError("one of the weights must be above 0")


class ClassRouteConfig(RankedConfig):
    """How requests of one route class are ranked."""

    prefer: tuple[Name, ...] = ()
    """Deployments that are asked before the others."""
    prefer_quality: tuple[Annotated[int, Field(ge=1, le=9)], ...] = ()
    """The same of those with one of these classes of quality."""

    def check(self, deployments: Collection[str]) -> None:
        """Also that it is an objective of its own, and that those who are preferred serve it."""
        super().check(deployments)
        if self.objective is Objective.SEMANTIC:
            raise ValueError("a class is ranked by another objective than `semantic`")
        if unknown := sorted(set(self.prefer) - set(deployments)):
            raise ValueError(f"prefers {', '.join(unknown)}, which do not serve this model")

    def ranking(self) -> Ranking:
        """The value that plans are made by."""
        return Ranking(
            objective=self.objective,
            weights=dict(self.weights),
            sticky_by=self.sticky_by,
            prefer=frozenset(self.prefer),
            prefer_quality=frozenset(self.prefer_quality),
        )


class RouteConfig(RankedConfig):
    """A virtual model: the name clients use, where it may be served, and by what it is ranked."""

    name: ModelName
    deployments: Annotated[tuple[Name, ...], Field(min_length=1)]
    fallbacks: tuple[FallbackConfig, ...] = ()
    ladder: tuple[ModelName, ...] = ()
    """Cheaper virtual models, one after another, for budgets that say `on_exceed: downgrade`."""
    classes: dict[Name, ClassRouteConfig] = Field(default_factory=dict)
    """With `objective: semantic`: route class -> how its requests are ranked."""
    on_stream_failure: Literal["error", "resume"] = "error"
    """Whether a stream that breaks off ends with an error, or is gone on with elsewhere."""

    hedge_after_s: Seconds | None = None
    """A second deployment is asked for a stream that has not begun by then; None: never."""

    @model_validator(mode="after")
    def _what_is_said_counts(self) -> Self:
        self.check(self.deployments)
        if bool(self.classes) != (self.objective is Objective.SEMANTIC):
            raise ValueError("give classes with `objective: semantic`, and only then")
        for name, each in self.classes.items():
            try:
                each.check(self.deployments)
            except ValueError as error:
                raise ValueError(f"class {name}: {error}") from None
        return self

    def ranking(self) -> Ranking:
        """The value that plans are made by."""
        return Ranking(
            objective=self.objective,
            weights=dict(self.weights),
            sticky_by=self.sticky_by,
            classes={name: each.ranking() for name, each in self.classes.items()},
        )

    def way(self) -> Way:
        """As routing reads it."""
        return Way(resumes=self.on_stream_failure == "resume", hedge_after_s=self.hedge_after_s)


class RetryBudgetConfig(Strict):
    """How many attempts beyond the first all requests of a worker share."""

    share: Annotated[float, Field(ge=0, le=10)] = 0.2
    """That every request adds."""
    per_s: Annotated[float, Field(ge=0, le=1000)] = 3
    """That every second adds."""
    most: Annotated[float, Field(ge=0, le=100_000)] = 100


class RetryConfig(Strict):
    """When somebody is asked again."""

    base_s: Seconds = 0.5
    """The longest wait before a first time; it doubles."""
    max_s: Seconds = 8
    max_pause_s: Seconds = 20
    """Of what a provider asks for."""
    budget: RetryBudgetConfig = RetryBudgetConfig()


class RoutingConfig(Strict):
    """How often and how long an upstream is tried."""

    max_attempts: Annotated[int, Field(ge=1, le=10)] = 3
    deadline_s: Seconds = 600
    connect_timeout_s: Seconds = 5
    first_byte_timeout_s: Seconds = 120
    first_token_timeout_s: Seconds | None = None
    idle_timeout_s: Seconds = 60
    total_timeout_s: Seconds = 3600
    retry: RetryConfig = RetryConfig()
