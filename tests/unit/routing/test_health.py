"""Who is left alone, who comes after the others, and what one failure more or less means."""

from guardrail_gw.core.reason import Reason
from guardrail_gw.routing.breaker import Breaker, BreakerState
from guardrail_gw.routing.health import WELL, Health, Standing, standing
from tests.support.routing_world import deployment

ROUTE = [deployment(name) for name in "abc"]


def healths() -> dict[str, Health]:
    """Of all three, each asked before."""
    return {each.id: Health(Breaker()) for each in ROUTE}


def call(health: Health, *, ok: bool, now_s: float = 100.0) -> None:
    """One attempt, from beginning to end."""
    ticket = health.breaker.enter()
    if ok:
        health.breaker.succeeded(ticket, now_s)
    else:
        health.breaker.failed(ticket, now_s)


def stands(known: dict[str, Health], now_s: float = 100.0, seed: int = 1) -> Standing:
    """How all three are, for a request of 50 tokens."""
    return standing(ROUTE, known, tokens=50, now_s=now_s, seed=lambda: seed)


def mixed(health: Health, fails: int, calls: int) -> None:
    """So many of these calls fail, none after another."""
    for number in range(calls):
        call(health, ok=number % 2 == 0 or number // 2 >= fails)


def test_nobody_stands_out_while_all_is_well() -> None:
    """Not even deployments that nobody knows."""
    known = healths()
    for health in known.values():
        call(health, ok=True)

    assert stands(known) is WELL
    assert stands({}) is WELL


def test_an_outlier_comes_after_the_others() -> None:
    """Four of twelve fail where nobody else fails; later it is as good as any."""
    known = healths()
    mixed(known["a"], fails=4, calls=12)
    for name in "bc":
        mixed(known[name], fails=0, calls=12)

    assert stands(known) == Standing(blocked_s={}, later={"a": Reason.OUTLIER})
    assert stands(known, 140.0) is not None
    assert stands(known, 140.0).later == {}


def test_where_all_fail_alike_there_is_no_outlier() -> None:
    """Nor where one deployment is all there is: it is never put behind itself for good."""
    known = healths()
    for health in known.values():
        mixed(health, fails=4, calls=12)

    assert stands(known).later == {}
    alone = standing(ROUTE[:1], known, tokens=1, now_s=100.0, seed=lambda: 1)
    assert alone.later == {}


def test_after_a_recovery_it_gets_its_share_by_and_by() -> None:
    """A tenth at first, half of it half-way, and all of it after half a minute."""
    known = healths()
    for _ in range(5):
        call(known["a"], ok=False)
    assert stands(known).blocked_s == {"a": 10.0}
    call(known["a"], ok=True, now_s=110.0)

    shares = [
        sum(stands(known, at_s, seed * 7919).later == {} for seed in range(500)) / 500
        for at_s in (110.0, 125.0, 140.0)
    ]

    assert [round(share, 1) for share in shares] == [0.1, 0.5, 1.0]
    assert stands(known, 111.0, 7919).later in ({}, {"a": Reason.SLOW_START})
    assert stands(known, 140.0) is not None
    assert known["a"].breaker.is_calm


def test_each_change_of_state_is_counted() -> None:
    """Opened, tried, closed."""
    health = healths()["a"]
    for _ in range(5):
        call(health, ok=False)
    call(health, ok=True, now_s=110.0)

    assert health.breaker.changes == {
        BreakerState.OPEN: 1,
        BreakerState.HALF_OPEN: 1,
        BreakerState.CLOSED: 1,
    }


def test_without_room_it_comes_after_the_others_and_is_not_out() -> None:
    """What a provider said is hearsay: when nobody else is left, it is asked all the same."""
    known = healths()
    known["b"].headroom.heard({"x-ratelimit-remaining-tokens": "40"}, 0, 99.0)

    assert stands(known) == Standing(blocked_s={}, later={"b": Reason.HEADROOM})
    assert standing(ROUTE, known, tokens=40, now_s=100.0, seed=lambda: 1).later == {}


def test_what_is_shown_is_states_and_numbers() -> None:
    """For people: nothing in it was written by anybody."""
    health = healths()["a"]
    health.began(10, 99.0)
    health.answered(0.25, 100.0, stream=True)

    assert health.shown(100.0) == {
        "breaker": "closed",
        "blocked_s": 0.0,
        "failing": 0.0,
        "slow_start": 1.0,
        "changes": {},
        "in_flight": 1,
        "first_token_s": 0.25,
        "token_s": None,
        "whole_s": None,
        "headroom": {},
    }
