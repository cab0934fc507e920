"""Budgets and rates as the configuration has them."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from guardrail_gw.core.allowance import Budget
from guardrail_gw.core.ports import Clock
from guardrail_gw.routing.accounts import Accounts
from guardrail_gw.settings import Settings
from guardrail_gw.state.arranged import Reveal, arranged_counters
from guardrail_gw.state.seal import StateKey

_LABELS: Final = 65_536
"""Names of counters that are remembered: making one is two HMACs."""


def arranged_accounts(
    settings: Settings,
    clock: Clock,
    secret: bytes,
    reveal: Reveal,
    told: Callable[[Budget, int, int], None],
) -> Accounts | None:
    """What keeps callers within them; None where the operator wrote none, so nothing is counted.

    Args:
        settings: what the operator wrote.
        clock: by which windows begin.
        secret: the redaction key, which hides names in the store.
        reveal: reads a secret of the configuration.
        told: hears of a budget, the percent that was reached and what of it is used.

    Raises:
        ConfigError: the address of Redis is missing, or none.
    """
    config = settings.gateway
    if not config.budgets and not config.rates:
        return None
    return Accounts(
        counters=arranged_counters(settings, clock, reveal),
        budgets=[each.budget() for each in config.budgets],
        rates=[each.rate() for each in config.rates],
        clock=clock,
        label=lru_cache(maxsize=_LABELS)(StateKey(secret).counter),
        told=told,
    )
