"""What was spent, by whom and on what: sums over a log's exchanges. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from guardrail_gw.audit.exchanges import Exchange
from guardrail_gw.core.tags import LINE

NOBODY = "-"
"""In the place of a value that an exchange does not have: it was refused before that was known."""


def _said(name: str) -> Callable[[Exchange], Any]:
    return lambda exchange: exchange.intent.get(name)


def _ended(name: str) -> Callable[[Exchange], Any]:
    return lambda exchange: (exchange.outcome or {}).get(name)


def _period(form: str) -> Callable[[Exchange], str]:
    def period(exchange: Exchange) -> str:
        received_s = exchange.intent.get("received_us", 0) / 1e6
        return datetime.fromtimestamp(received_s, tz=UTC).strftime(form)

    return period


DIMENSIONS: Mapping[str, Callable[[Exchange], Any]] = MappingProxyType(
    {
        **{name: _said(name) for name in ("tenant", "team", "user", "key", "model", "surface")},
        "deployment": _ended("deployment"),
        "day": _period("%Y-%m-%d"),
        "month": _period("%Y-%m"),
    }
)
"""What spending can be split by; days and months are UTC. A tag is another, as `tag.project`."""


def dimension(name: str) -> Callable[[Exchange], Any] | None:
    """How to tell exchanges apart by it; None: there is none of that name."""
    tag = name.removeprefix(LINE)
    if tag != name:
        return lambda exchange: (exchange.intent.get("tags") or {}).get(tag)
    return DIMENSIONS.get(name)


@dataclass(slots=True, kw_only=True)
class Spend:
    """The sums of one group of exchanges."""

    group: tuple[str, ...]
    """One value for each dimension that was asked for."""
    requests: int = 0
    unpriced: int = 0
    """Requests that a deployment answered and whose price or usage nobody knows."""
    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    """Exact, of the priced requests."""
    estimated_usd: Decimal = Decimal(0)
    """Of answers that broke off, which nobody counted, or whose tier has no known price."""

    billed_usd: Decimal = Decimal(0)
    """What providers say that they ask, of the requests of which they say it."""
    difference_usd: Decimal = Decimal(0)
    """By how much that is more than what the same requests cost here."""

    def add(self, exchange: Exchange) -> None:
        """Count one exchange."""
        ended = exchange.outcome or {}
        usage = ended.get("usage") or {}
        self.requests += 1
        self.input_tokens += usage.get("input", 0)
        self.cached_input_tokens += usage.get("cached_input", 0)
        self.output_tokens += usage.get("output", 0)
        estimated = Decimal(ended.get("estimated_usd") or 0)
        self.estimated_usd += estimated
        if (cost := ended.get("cost_usd")) is not None:
            self.cost_usd += Decimal(cost)
        elif ended.get("deployment") is not None and not estimated:
            self.unpriced += 1
        if (billed := ended.get("billed_usd")) is not None:
            self.billed_usd += Decimal(billed)
            self.difference_usd += Decimal(billed) - Decimal(cost or 0) - estimated


def spent(exchanges: Iterable[Exchange], by: Sequence[str]) -> list[Spend]:
    """Sum up, the dearest group first.

    Args:
        exchanges: of a log.
        by: names of dimensions; none gives one group.

    Raises:
        KeyError: there is no dimension of one of these names.
    """
    groups: dict[tuple[str, ...], Spend] = {}
    told = [dimension(name) or DIMENSIONS[name] for name in by]
    for exchange in exchanges:
        group = tuple(str(each(exchange) or NOBODY) for each in told)
        groups.setdefault(group, Spend(group=group)).add(exchange)
    return sorted(
        groups.values(), key=lambda s: (-s.cost_usd - s.estimated_usd, -s.requests, s.group)
    )
