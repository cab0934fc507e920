"""In which order the lawful deployments are tried: cheapest healthy first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from guardrail_gw.core.deployment import Deployment, Rejection

BREAKER_OPEN: Final = "routing.breaker_open"

_NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to try, in this order, and what not to try."""

    order: tuple[Deployment, ...]
    rejections: tuple[Rejection, ...] = ()
    retry_after_s: float | None = None
    """Seconds until the first of the rejected may be tried; None when none is rejected."""


def plan(
    lawful: Sequence[Deployment], blocked_s: Mapping[str, float], dialect: str | None = None
) -> Plan:
    """Order deployments by price; those that are blocked are out.

    Args:
        lawful: in configured order, which decides between equal prices.
        blocked_s: deployment -> seconds until it may be tried; 0.0 is now. A deployment that is
            not in it has never been tried, and may be.
        dialect: the client's; whoever speaks it is asked before those for whom the request has to
            be translated, which can cost some of it.
    """
    healthy = [d for d in lawful if blocked_s.get(d.id, 0.0) <= 0.0]
    if len(healthy) > 1:
        healthy.sort(key=lambda d: (dialect is not None and not d.speaks(dialect), *_weight(d)))
    if len(healthy) == len(lawful):
        return Plan(order=tuple(healthy))
    waits = [(d, blocked_s.get(d.id, 0.0)) for d in lawful]
    out = [(d, wait) for d, wait in waits if wait > 0.0]
    return Plan(
        order=tuple(healthy),
        rejections=tuple(blocked(d, wait) for d, wait in out),
        retry_after_s=min(wait for _, wait in out),
    )


def blocked(deployment: Deployment, wait_s: float) -> Rejection:
    """Say that a deployment is left alone for now."""
    return Rejection(
        deployment=deployment.id,
        reason=BREAKER_OPEN,
        detail=f"it failed or asked for a pause; next try in {wait_s:.1f} s",
    )


def _weight(deployment: Deployment) -> tuple[bool, Decimal]:
    """Input and output weigh the same; an unknown price comes last."""
    price = deployment.price
    return (True, _NOTHING) if price is None else (False, price.input + price.output)
