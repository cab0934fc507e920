"""Budgets and rates, as an operator writes them; docs/budgets.md explains them."""

from datetime import tzinfo
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from guardrail_gw.catalog.credential import SecretConfig
from guardrail_gw.catalog.facts import Name
from guardrail_gw.core.allowance import Budget, Every, OnExceed, Per, Rate
from guardrail_gw.core.amounts import nano_usd
from guardrail_gw.core.counting import HIGHEST
from guardrail_gw.core.tags import LINE
from guardrail_gw.documents import Strict

WebhookUrl = Annotated[
    str,
    Field(
        pattern=r"^(https://[a-z0-9.-]{1,253}|http://(127\.0\.0\.1|localhost))(:[0-9]{1,5})?"
        r"(/[A-Za-z0-9/_.~-]{0,400})?$"
    ),
]
"""It says who spends what: without TLS within the machine only. Its path may be a secret, a query
is none of it."""
Percent = Annotated[int, Field(ge=1, le=1000)]


Patterns = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9._*/-]{1,194}$")], ...], Field(min_length=1)
]
"""As a policy's, and `server/tool`."""


Line = Per | Annotated[str, Field(pattern=r"^tag\.[a-z][a-z0-9_]{0,31}$")]


class AllowanceConfig(Strict):
    """What budgets and rates have in common."""

    id: Name
    match: dict[Line, Patterns] = Field(default_factory=dict)
    """Who and what counts: a line that is missing fits everybody, a list means any of it."""
    per: tuple[Line, ...] = ()
    """By what it counts separately: `[team]` gives each team its own."""

    @property
    def tags(self) -> frozenset[str]:
        """Names of the tags that it asks for."""
        lines = (line for line in (*self.match, *self.per) if line.startswith(LINE))
        return frozenset(line.removeprefix(LINE) for line in lines)

    def shared(self) -> dict[str, Any]:
        """What the value of either has of it."""
        return {"id": self.id, "match": tuple(self.match.items()), "per": frozenset(self.per)}


class BudgetConfig(AllowanceConfig):
    """So much money, or so many tokens, in each window."""

    usd: Annotated[Decimal, Field(gt=0, le=9_000_000)] | None = None
    tokens: Annotated[int, Field(gt=0, le=HIGHEST)] | None = None
    every: Every = Every.MONTH
    time_zone: str = "UTC"
    on_exceed: OnExceed = OnExceed.BLOCK
    downgrade_at: Annotated[int, Field(ge=1, le=100)] = 100
    """With `on_exceed: downgrade`: percent of the limit from which on cheaper models are asked."""
    notify_at: tuple[Percent, ...] = (80, 95, 100)

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if bool(self.usd) == bool(self.tokens):
            raise ValueError("give either usd or tokens")
        is_said = "downgrade_at" in self.model_fields_set
        if Per.TOOL in {*self.match, *self.per}:
            raise ValueError("tools cost nothing that is counted here: `tool` is a line of rates")
        if is_said and self.on_exceed is not OnExceed.DOWNGRADE:
            raise ValueError("downgrade_at counts with `on_exceed: downgrade` only")
        return self

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            _zone(name)
        except (KeyError, ValueError, OSError):
            raise ValueError("no such time zone; write `Europe/Berlin` or `UTC`") from None
        return name

    def budget(self) -> Budget:
        """The value that is counted by."""
        return Budget(
            **self.shared(),
            limit=nano_usd(self.usd) if self.usd is not None else self.tokens or 0,
            is_money=self.usd is not None,
            every=self.every,
            zone=_zone(self.time_zone),
            on_exceed=self.on_exceed,
            notify_at=tuple(sorted(set(self.notify_at))),
            downgrade_at=self.downgrade_at,
        )


class WebhookConfig(Strict):
    """A receiver that is told when so many percent of a budget are used."""

    url: WebhookUrl
    secret: SecretConfig
    """Where the key is read from that signs each message: `whsec_` and base64."""
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 10


class RateConfig(AllowanceConfig):
    """How many requests and tokens a minute, and how many requests at once."""

    requests_per_minute: Annotated[int, Field(gt=0, le=10_000_000)] | None = None
    tokens_per_minute: Annotated[int, Field(gt=0, le=HIGHEST)] | None = None
    concurrent: Annotated[int, Field(gt=0, le=100_000)] | None = None
    queue_s: Annotated[float, Field(ge=0, le=60)] = 0

    @model_validator(mode="after")
    def _at_least_one(self) -> Self:
        if not (self.requests_per_minute or self.tokens_per_minute or self.concurrent):
            raise ValueError("give requests_per_minute, tokens_per_minute or concurrent")
        return self

    def rate(self) -> Rate:
        """The value that is counted by."""
        return Rate(
            **self.shared(),
            requests=self.requests_per_minute,
            tokens=self.tokens_per_minute,
            concurrent=self.concurrent,
            queue_s=self.queue_s,
        )


def _zone(name: str) -> tzinfo:
    """A time zone of the IANA database; raises KeyError, ValueError or OSError."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - only budgets have one

    return ZoneInfo(name)
