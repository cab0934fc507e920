"""What a caller may spend and how fast it may ask: budgets and rates, as configured.

An allowance counts whoever it matches, and separately for each of what `per` names: `per: [team]`
gives each team its own. Teams, users and keys are counted within their tenant.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum
from functools import cached_property
from typing import Final

from guardrail_gw.core.globs import fits
from guardrail_gw.core.identity import Principal
from guardrail_gw.core.tags import LINE, Tags


class Per(StrEnum):
    """By what an allowance counts separately."""

    TENANT = "tenant"
    TEAM = "team"
    USER = "user"
    KEY = "key"
    ENDPOINT = "endpoint"
    MODEL = "model"
    """The virtual model that was asked for."""
    DEPLOYMENT = "deployment"
    TOOL = "tool"
    """Of an MCP server, `crm/find_customer`; of rates only."""


_OF_A_TENANT = frozenset({Per.TENANT, Per.TEAM, Per.USER, Per.KEY})


class Every(StrEnum):
    """After what a budget begins anew."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    """From Monday on (ISO 8601)."""
    MONTH = "month"


class OnExceed(StrEnum):
    """What happens to a request for which a budget has no room."""

    BLOCK = "block"
    DOWNGRADE = "downgrade"
    """A cheaper model of its model's ladder is asked; it is refused if none of them fits either."""
    WARN = "warn"
    """It goes on; that it did is on record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asks for what, and of whom."""

    principal: Principal
    endpoint: str
    model: str
    tags: Tags = ()
    deployment: str = ""
    """Empty before one was chosen."""
    tool: str = ""
    """Empty where none is called."""
    has_cheaper: bool = False
    """Cheaper models may be asked instead of this one."""

    def value(self, line: str) -> str:
        """What stands there; empty for a tag that the request does not have."""
        if line.startswith(LINE):
            return dict(self.tags).get(line.removeprefix(LINE), "")
        return _VALUES[line](self)


_VALUES: Final[Mapping[str, Callable[[Asked], str]]] = {
    Per.TENANT: lambda asked: asked.principal.tenant,
    Per.TEAM: lambda asked: asked.principal.team,
    Per.USER: lambda asked: asked.principal.user,
    Per.KEY: lambda asked: asked.principal.key_id,
    Per.ENDPOINT: lambda asked: asked.endpoint,
    Per.MODEL: lambda asked: asked.model,
    Per.DEPLOYMENT: lambda asked: asked.deployment,
    Per.TOOL: lambda asked: asked.tool,
}


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What budgets and rates have in common."""

    id: str
    match: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Line -> patterns of which one must fit (`*` is any text); a line that is missing fits.

    A line is a `Per` or a tag, `tag.project`.
    """
    per: frozenset[str] = frozenset()

    @cached_property
    def of_tenants(self) -> bool:
        """Whether each tenant has its own."""
        return not self.per.isdisjoint(_OF_A_TENANT)

    @cached_property
    def of_deployments(self) -> bool:
        """Whether it can be told only when a deployment has been chosen."""
        return Per.DEPLOYMENT in self.per or any(line == Per.DEPLOYMENT for line, _ in self.match)

    def counts(self, asked: Asked) -> bool:
        """Whether it counts this request."""
        return all(_fits(asked.value(line), globs) for line, globs in self.match)

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """What tells its counters apart, in the order in which `whose` says it."""
        named = self.per | {Per.TENANT} if self.of_tenants else self.per
        tags = sorted(line for line in named if line.startswith(LINE))
        return (*(per.value for per in Per if per in named), *tags)

    def whose(self, asked: Asked) -> tuple[tuple[str, str], ...]:
        """Which of its counters, in words of the configuration: line and name."""
        return tuple((line, asked.value(line)) for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class Budget(Allowance):
    """So much money, or so many tokens, in each window."""

    limit: int
    """Billionths of a US dollar, or tokens."""
    is_money: bool
    every: Every
    zone: tzinfo
    """Whose days begin the windows."""
    on_exceed: OnExceed = OnExceed.BLOCK
    notify_at: tuple[int, ...] = (80, 95, 100)
    """Percent of the limit at which it is told, once in a window."""
    downgrade_at: int = 100
    """Percent of the limit that models with a ladder may use; the rest is for cheaper ones."""

    @property
    def downgrades(self) -> bool:
        """Whether cheaper models are asked when it has no room."""
        return self.on_exceed is OnExceed.DOWNGRADE

    def room(self, asked: Asked) -> int:
        """Up to how much may be used for a request, in its unit."""
        if self.downgrades and asked.has_cheaper:
            return self.limit * self.downgrade_at // 100
        return self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """So much of a budget is used, for the first time in a window."""

    budget: Budget
    percent: int
    """One of its `notify_at`."""
    used: int
    """In its unit."""
    whose: tuple[tuple[str, str], ...] = ()
    """Of which of its counters, as `Allowance.whose` says."""
    until_us: int = 0
    """When the window ends."""


@dataclass(frozen=True, kw_only=True)
class Rate(Allowance):
    """How many requests and tokens may begin within a minute, and how many may be under way."""

    requests: int | None = None
    tokens: int | None = None
    concurrent: int | None = None
    queue_s: float = 0.0
    """How long a request waits for its turn before it is refused."""


def _fits(value: str, globs: Iterable[str]) -> bool:
    return any(fits(glob, value) for glob in globs)
