"""What is told of budgets."""

from zoneinfo import ZoneInfo

import structlog

from guardrail_gw.core.allowance import Budget, Every, Reached
from guardrail_gw.observability.metrics import Metrics
from guardrail_gw.observability.news import News


def test_a_percent_that_is_reached_is_in_the_log_and_a_metric() -> None:
    """By the budget's name and in its unit; whose it is, only the webhook says."""
    metrics = Metrics()
    budget = Budget(
        id="month", limit=1_000_000_000, is_money=True, every=Every.MONTH, zone=ZoneInfo("UTC")
    )
    reached = Reached(budget=budget, percent=80, used=812_000_000, whose=(("team", "crm"),))

    with structlog.testing.capture_logs() as lines:
        News(metrics).budget_reached(reached)

    assert lines == [
        {
            "event": "budget.reached",
            "log_level": "warning",
            "budget": "month",
            "percent": 80,
            "used": "0.812000000",
            "unit": "usd",
        }
    ]
    told = {"budget": "month", "percent": "80"}
    counted = metrics.registry.get_sample_value("guardrail_gw_budget_reached_total", told)
    assert counted == 1
