"""Why nobody of a model answered: which of its fallbacks that calls for. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final

from guardrail_gw.core.fallback import Cause
from guardrail_gw.core.reason import UNFIT
from guardrail_gw.routing.plan import BREAKER_OPEN
from guardrail_gw.routing.spending import BUDGET, RATE

_RESULTS: Final[Mapping[str, Cause]] = {
    "http_429": Cause.RATE_LIMIT,
    "timeout": Cause.TIMEOUT,
}
_REASONS: Final[Mapping[str, Cause]] = {
    BUDGET: Cause.BUDGET,
    RATE: Cause.RATE_LIMIT,
    BREAKER_OPEN: Cause.ERROR,
    **dict.fromkeys(UNFIT, Cause.UNFIT),
}


def causes_of(results: Iterable[str], reasons: Iterable[str]) -> frozenset[Cause]:
    """What stood in the way.

    Args:
        results: of attempts, as in `core.exchange.Attempt.result`.
        reasons: why deployments were not asked, as in `core.deployment.Rejection.reason`.
    """
    met = {_RESULTS.get(result, Cause.ERROR) for result in results}
    return frozenset(met | {_REASONS[reason] for reason in reasons if reason in _REASONS})
