"""Where requests may be placed, as the configuration has it."""

from collections.abc import Callable, Mapping

from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.fallback import BY_DEFAULT
from guardrail_gw.residency.residency import Residency
from guardrail_gw.settings import Settings


def arranged_residency(
    settings: Settings, deployments: Mapping[str, Deployment], now_us: Callable[[], int]
) -> Residency:
    """Routes, fallbacks and homes.

    Args:
        settings: what the operator wrote.
        deployments: every configured one by its id.
        now_us: the wall clock, by which contracts end.
    """
    config = settings.gateway
    return Residency(
        routes={
            model.name: tuple(deployments[name] for name in model.deployments)
            for model in config.models
        },
        now_us=now_us,
        fallbacks={
            model.name: tuple(
                (other.model, frozenset(other.on or BY_DEFAULT)) for other in model.fallbacks
            )
            for model in config.models
        },
        ladders={model.name: model.ladder for model in config.models},
        conversations=config.state.conversations,
        homes=config.state.homes,
    )
