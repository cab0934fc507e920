"""Order and rejections."""

from guardrail_gw.routing.plan import plan
from tests.support.routing_world import deployment

CHEAP, DEAR, UNKNOWN, TWIN = (
    deployment("cheap", "1"),
    deployment("dear", "9"),
    deployment("unknown", None),
    deployment("twin", "1"),
)


def test_cheapest_first_ties_as_configured_unknown_last() -> None:
    """The order follows price, then configuration."""
    order = plan([UNKNOWN, DEAR, TWIN, CHEAP], {}).order

    assert [d.id for d in order] == ["twin", "cheap", "dear", "unknown"]


def test_the_blocked_are_out_with_a_reason() -> None:
    """What is blocked is rejected by a stable code, and the shortest wait is known."""
    made = plan([CHEAP, DEAR, TWIN], {"cheap": 8.0, "dear": 3.0, "twin": 0.0})

    assert [d.id for d in made.order] == ["twin"]
    assert [(r.deployment, r.reason) for r in made.rejections] == [
        ("cheap", "routing.breaker_open"),
        ("dear", "routing.breaker_open"),
    ]
    assert made.retry_after_s == 3.0
