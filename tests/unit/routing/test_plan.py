"""The order in which lawful deployments are tried."""

from collections.abc import Mapping

from hypothesis import given, strategies as st

from guardrail_gw.routing.health import Standing
from guardrail_gw.routing.plan import BREAKER_OPEN, plan
from tests.support.routing_world import deployment


def left_alone(waits: Mapping[str, float]) -> Standing:
    """Who is left alone for so many seconds."""
    return Standing(blocked_s={name: s for name, s in waits.items() if s > 0.0}, later={})


def test_cheapest_first_unknown_last_ties_as_configured() -> None:
    """Prices decide, then the configured order."""
    route = [
        deployment("unknown", None),
        deployment("dear", "9"),
        deployment("first", "1"),
        deployment("second", "1"),
    ]

    made = plan(route)

    assert [d.id for d in made.order] == ["first", "second", "dear", "unknown"]
    assert made.rejections == ()


def test_the_blocked_are_out_and_say_why() -> None:
    """A blocked deployment is not tried; the shortest pause is when to come back."""
    waits = {"a": 7.0, "b": 3.0, "c": 0.0}

    made = plan([deployment("a"), deployment("b"), deployment("c")], standing=left_alone(waits))

    assert [d.id for d in made.order] == ["c"]
    assert [(r.deployment, r.reason) for r in made.rejections] == [
        ("a", BREAKER_OPEN),
        ("b", BREAKER_OPEN),
    ]
    assert made.retry_after_s == 3.0


PRICES = st.one_of(st.none(), st.integers(0, 9).map(str))


@given(prices=st.lists(PRICES, max_size=8), waits=st.lists(st.sampled_from([0.0, 5.0]), max_size=8))
def test_nothing_is_invented_or_lost(prices: list[str | None], waits: list[float]) -> None:
    """Each lawful deployment is tried or rejected, exactly once, and no other one ever is."""
    route = [deployment(str(i), price) for i, price in enumerate(prices)]
    blocked = {str(i): wait for i, wait in enumerate(waits)}

    made = plan(route, standing=left_alone(blocked))

    named = [d.id for d in made.order] + [r.deployment for r in made.rejections]
    assert sorted(named) == sorted(d.id for d in route)
    assert all(blocked.get(d.id, 0.0) == 0.0 for d in made.order)


def test_who_speaks_the_clients_dialect_is_asked_first() -> None:
    """Price decides among them, and then among those for whom the request is translated."""
    route = [
        deployment("a", "1", dialect="other"),
        deployment("b", "3"),
        deployment("c", "2"),
        deployment("d", None, dialect="other"),
    ]

    assert [d.id for d in plan(route, dialect="letters").order] == ["c", "b", "a", "d"]
    assert [d.id for d in plan(route).order] == ["a", "c", "b", "d"]
