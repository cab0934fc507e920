"""What is told once in a window of how much of a budget is used: log, metric, and a webhook."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import structlog

from guardrail_gw.catalog.credential import SecretConfig
from guardrail_gw.core.allowance import Budget, Reached
from guardrail_gw.core.amounts import shown_usd
from guardrail_gw.core.ports import Clock
from guardrail_gw.observability.metrics import Metrics
from guardrail_gw.observability.webhook import Webhook, key_of
from guardrail_gw.settings import Settings

log = structlog.get_logger()


class News:
    """Tells of budgets; one of all gateways that share them does, for each percent and window."""

    def __init__(self, metrics: Metrics, webhook: Webhook | None = None) -> None:
        self._metrics = metrics
        self._webhook = webhook

    async def start(self) -> None:
        """Be ready to tell."""
        if self._webhook is not None:
            await self._webhook.start()

    async def close(self) -> None:
        """Have the last of it delivered."""
        if self._webhook is not None:
            await self._webhook.close()

    def budget_reached(self, reached: Reached) -> None:
        """Say how much of a budget is used; never waits."""
        budget, percent = reached.budget, reached.percent
        used, unit = _shown(budget, reached.used), "usd" if budget.is_money else "tokens"
        self._metrics.budget_reached(budget.id, percent)
        log.warning("budget.reached", budget=budget.id, percent=percent, used=used, unit=unit)
        if self._webhook is not None:
            self._webhook.post("budget.reached", _told(reached, used, unit))


def arranged_news(
    settings: Settings, metrics: Metrics, clock: Clock, reveal: Callable[[str, SecretConfig], str]
) -> News:
    """As the configuration has it.

    Raises:
        ConfigError: the webhook's secret is missing, or none.
    """
    config = settings.gateway.webhook
    if config is None:
        return News(metrics)
    webhook = Webhook(
        url=config.url,
        key=key_of(reveal("webhook.secret", config.secret)),
        clock=clock,
        timeout_s=config.timeout_s,
        counted=metrics.webhook,
    )
    return News(metrics, webhook)


def _told(reached: Reached, used: str, unit: str) -> dict[str, Any]:
    """Names of the configuration, and numbers."""
    budget = reached.budget
    return {
        "budget": budget.id,
        "percent": reached.percent,
        "used": used,
        "limit": _shown(budget, budget.limit),
        "unit": unit,
        "every": budget.every.value,
        "window_ends": datetime.fromtimestamp(reached.until_us / 1e6, tz=UTC),
        "on_exceed": budget.on_exceed.value,
        "of": dict(reached.whose),
    }


def _shown(budget: Budget, amount: int) -> str:
    return shown_usd(amount) if budget.is_money else str(amount)
