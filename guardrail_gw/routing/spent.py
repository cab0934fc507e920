"""What one attempt used, by what its provider counted and by what was seen of its answer."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from guardrail_gw.core.amounts import Measured, Tier, Usage
from guardrail_gw.core.deployment import Deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Of one attempt whose answer began."""

    deployment: Deployment
    usage: Usage | None
    """As counted; of an answer that broke off perhaps what was counted when it began."""
    measured: Measured
    tier: Tier | None
    events: int
    """With content, that were passed on."""
    size: int
    """Of their text, in bytes."""
    billed_usd: Decimal | None = None
    """What its provider asks for it, where that says so."""
    is_whole: bool
    """The answer was read to its end, so that what was counted is all."""

    @property
    def is_counted(self) -> bool:
        """Whether its provider said what it used."""
        return self.usage is not None or bool(self.measured)


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What was counted of the parts of an answer that broke off before this one."""

    usage: Usage | None = None
    cost_usd: Decimal | None = None
    billed_usd: Decimal | None = None

    def with_(self, spent: Spent) -> "Earlier":
        """The same with one more part."""
        cost = spent.deployment.cost_usd(spent.usage, spent.measured, spent.tier)
        return Earlier(
            usage=both(self.usage, spent.usage),
            cost_usd=_sum(self.cost_usd, cost),
            billed_usd=_sum(self.billed_usd, spent.billed_usd),
        )

    def billed(self, billed_usd: Decimal | None) -> Decimal | None:
        """What providers ask for all parts together, as far as they say."""
        return _sum(self.billed_usd, billed_usd)

    def cost(self, cost_usd: Decimal | None) -> Decimal | None:
        """All together; None while that of the present part is not known."""
        return None if cost_usd is None else _sum(self.cost_usd, cost_usd)


NOTHING: Final = Earlier()


def both(one: Usage | None, other: Usage | None) -> Usage | None:
    """Together; what nobody counted is left out."""
    if one is None or other is None:
        return other if one is None else one
    return one + other


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    if one is None or other is None:
        return other if one is None else one
    return one + other
