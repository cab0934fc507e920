"""In which order the lawful deployments are tried: those that can do it and are healthy."""

from collections.abc import Mapping, Sequence
from typing import Final

from guardrail_gw.core.ability import NOTHING, Needs
from guardrail_gw.core.deployment import Deployment, Rejection
from guardrail_gw.core.plan import Plan
from guardrail_gw.core.reason import Reason
from guardrail_gw.routing.fit import doubts, is_unfit, unfit

BREAKER_OPEN: Final = Reason.BREAKER_OPEN

_NOBODY: Final[Mapping[str, float]] = {}


def plan(
    lawful: Sequence[Deployment],
    needs: Needs = NOTHING,
    *,
    blocked_s: Mapping[str, float] = _NOBODY,
    dialect: str | None = None,
) -> Plan:
    """Order deployments by price; those that do not fit or are blocked are out.

    Args:
        lawful: in configured order, which decides between equal prices.
        needs: what the request needs; whoever may not have it comes after all others.
        blocked_s: deployment -> seconds until it may be tried; 0.0 is now. A deployment that is
            not in it has never been tried, and may be.
        dialect: the client's; whoever speaks it is asked before those for whom the request has to
            be translated, which can cost some of it.
    """
    fitting = [d for d in lawful if not is_unfit(d.abilities, needs)]
    kept = [d for d in fitting if blocked_s.get(d.id, 0.0) <= 0.0] if blocked_s else fitting
    unsure = {d.id: found for d in kept if (found := doubts(d.abilities, needs))}
    keys = [
        (d.id in unsure, dialect is not None and not d.speaks(dialect), d.rank_usd, place)
        for place, d in enumerate(kept)
    ]
    keys.sort()
    order = tuple(kept[place] for *_, place in keys)
    rejections: tuple[Rejection, ...] = ()
    waits = {d.id: blocked_s[d.id] for d in fitting if blocked_s.get(d.id, 0.0) > 0.0}
    if len(kept) < len(lawful):
        rejections = tuple(_rejections(lawful, needs, waits))
    return Plan(
        order=order,
        scores=tuple(score for *_, score, _ in keys),
        doubts=unsure,
        rejections=rejections,
        retry_after_s=min(waits.values(), default=None),
    )


def _rejections(
    lawful: Sequence[Deployment], needs: Needs, waits: Mapping[str, float]
) -> Sequence[Rejection]:
    found = (blocked(d, waits[d.id]) if d.id in waits else unfit(d, needs) for d in lawful)
    return [each for each in found if each is not None]


def blocked(deployment: Deployment, wait_s: float) -> Rejection:
    """Say that a deployment is left alone for now."""
    return Rejection(
        deployment=deployment.id,
        reason=BREAKER_OPEN,
        detail=f"it failed or asked for a pause; next try in {wait_s:.1f} s",
    )
