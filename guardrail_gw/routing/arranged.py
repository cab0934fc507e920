"""Bounds, budgets and rates as the configuration has them, and routing as operators see it."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from guardrail_gw.core.allowance import Reached
from guardrail_gw.core.counting import Standing
from guardrail_gw.core.plan import Bounds
from guardrail_gw.core.ports import Clock
from guardrail_gw.routes import RoutingConfig
from guardrail_gw.routing.accounts import Accounts
from guardrail_gw.routing.backoff import Backoff
from guardrail_gw.routing.budget import RetryLimits
from guardrail_gw.routing.health import Health, rounded
from guardrail_gw.routing.nearness import Nearness
from guardrail_gw.routing.search import RoutingLimits
from guardrail_gw.settings import Settings
from guardrail_gw.state.arranged import Reveal, arranged_counters
from guardrail_gw.state.seal import StateKey

_LABELS: Final = 65_536
"""Names of counters that are remembered: making one is two HMACs."""


def routing_limits(config: RoutingConfig) -> RoutingLimits:
    """How often and how long somebody is asked."""
    retry, budget = config.retry, config.retry.budget
    return RoutingLimits(
        max_attempts=config.max_attempts,
        deadline_s=config.deadline_s,
        first_token_s=config.first_token_timeout_s,
        total_s=config.total_timeout_s,
        backoff=Backoff(base_s=retry.base_s, max_s=retry.max_s, max_pause_s=retry.max_pause_s),
        retries=RetryLimits(share=budget.share, per_s=budget.per_s, most=budget.most),
    )


def bounds_of(config: RoutingConfig) -> Bounds:
    """How long an exchange and its attempts may take, for plans and records."""
    return Bounds(
        connect_s=config.connect_timeout_s,
        first_byte_s=config.first_byte_timeout_s,
        first_token_s=config.first_token_timeout_s,
        idle_s=config.idle_timeout_s,
        deadline_s=config.deadline_s,
        total_s=config.total_timeout_s,
    )


def arranged_accounts(
    settings: Settings,
    clock: Clock,
    secret: bytes,
    reveal: Reveal,
    told: Callable[[Reached], None],
) -> Accounts | None:
    """What keeps callers within them; None where the operator wrote none, so nothing is counted.

    Args:
        settings: what the operator wrote.
        clock: by which windows begin.
        secret: the redaction key, which hides names in the store.
        reveal: reads a secret of the configuration.
        told: hears when so many percent of a budget are used.

    Raises:
        ConfigError: the address of Redis is missing, or none.
    """
    config = settings.gateway
    if not config.budgets and not config.rates:
        return None
    standing = Standing()
    return Accounts(
        counters=arranged_counters(settings, clock, reveal, standing),
        standing=standing,
        budgets=[each.budget() for each in config.budgets],
        rates=[each.rate() for each in config.rates],
        clock=clock,
        label=lru_cache(maxsize=_LABELS)(StateKey(secret).counter),
        told=told,
    )


def shown_routing(
    settings: Settings,
    known: Mapping[str, Health],
    now_s: float,
    nearness: Nearness,
    connections: Mapping[str, Mapping[str, int]],
) -> dict[str, Any]:
    """What this worker knows of every model and deployment, as JSON.

    Args:
        settings: what the operator wrote.
        known: deployment -> what is known of it.
        now_s: the time, in seconds that never go back.
        nearness: how near deployments are.
        connections: deployment -> how many there are.

    Returns:
        `models`: objective and deployments of each; `deployments`: what is known of each, null of
        those that were never asked; `zone`: the gateway's own; `connections`: the way to each.
    """
    config = settings.gateway
    return {
        "models": {
            model.name: {"objective": model.objective, "deployments": list(model.deployments)}
            for model in config.models
        },
        "deployments": {
            each.id: known[each.id].shown(now_s) if each.id in known else None
            for each in config.deployments
        },
        "zone": nearness.zone,
        "connections": {
            each.id: {
                "zone": each.zone,
                "connect_s": rounded(nearness.times.get(each.id)),
                **connections.get(each.id, {}),
            }
            for each in config.deployments
        },
    }
