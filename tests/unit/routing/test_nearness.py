"""How near deployments are: what it decides, and what it leaves alone."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.objective import Objective, Ranking
from guardrail_gw.core.plan import Plan
from guardrail_gw.routing.groups import Grouped
from guardrail_gw.routing.health import Standing
from guardrail_gw.routing.nearness import Nearness
from guardrail_gw.routing.plan import plan
from guardrail_gw.routing.rank import Judge
from tests.support.routing_world import deployment


def at(zone: str, name: str, price: str | None = "1") -> Deployment:
    """A deployment in a zone."""
    return replace(deployment(name, price), zone=zone)


def near(zone: str = "", **connect_s: float) -> Nearness:
    """Where the gateway is, and how long it took to connect to each."""
    nearness = Nearness(zone)
    for name, seconds in connect_s.items():
        nearness.took(name, seconds)
    return nearness


def planned(route: Sequence[Deployment], nearness: Nearness, **judge: Objective) -> Plan:
    """The plan of a request."""
    ranking = Ranking(objective=judge.get("objective", Objective.COST))
    return plan(route, judge=Judge(ranking=ranking), kept=Grouped(nearness))


def order(route: Sequence[Deployment], nearness: Nearness) -> str:
    """Who is asked, in order, each a letter."""
    return "".join(each.id for each in planned(route, nearness).order)


def test_of_equals_our_zone_is_first() -> None:
    """A dearer one there comes after all that are cheaper, wherever they are."""
    route = [at("b", "x"), at("", "y"), at("a", "z"), at("a", "d", "2"), at("a", "e", None)]

    assert order(route, near("a")) == "zxyde"
    assert order(route, near()) == "xyzde"
    assert planned(route, near("a")).near == {"z", "d", "e"}
    assert planned(route, near()).near == frozenset()


def test_of_equals_in_one_zone_the_sooner_reached_is_first() -> None:
    """Times decide within a zone, once all the equals have one; a zone goes before them."""
    route = [at("a", "x"), at("a", "y"), at("b", "z"), at("b", "w")]

    assert order(route, near("a", x=0.08, y=0.02, z=0.001, w=0.001)) == "yxzw"
    assert order(route, near("a", x=0.08, y=0.02, z=0.08, w=0.001)) == "yxwz"
    assert order(route, near("a", y=0.02)) == "xyzw"
    assert planned(route, near("a", x=0.08, y=0.02, z=1.0)).connect_s == {"x": 0.08, "y": 0.02}


def test_small_differences_are_none() -> None:
    """Times of one power of two, and all below a millisecond, leave the order as configured."""
    route = [at("", "x"), at("", "y")]

    assert order(route, near(x=0.030, y=0.020)) == "xy"
    assert order(route, near(x=0.0009, y=0.00001)) == "xy"
    assert order(route, near(x=0.030, y=0.012)) == "yx"


def test_nobody_changes_places_for_a_moment_of_noise() -> None:
    """A time has to move for good before its deployment does; then earlier plans are forgotten."""
    route, nearness = [at("", "x"), at("", "y")], near(x=0.015, y=0.030)
    kept = Grouped(nearness)

    def first() -> str:
        return plan(route, kept=kept).order[0].id

    firsts = [first()]
    for seconds in (0.018, 0.014, 0.019, 0.016):
        nearness.took("x", seconds)
        firsts.append(first())
    version = nearness.version
    for _ in range(20):
        nearness.took("x", 0.2)
    firsts.append(first())

    assert firsts == ["x"] * 5 + ["y"]
    assert version == 2
    assert nearness.times["x"] == pytest.approx(0.2, rel=0.01)


@pytest.mark.parametrize(
    ("objective", "expected"),
    [(Objective.COST, "by"), (Objective.QUALITY, "by"), (Objective.LATENCY, "by")],
)
def test_it_decides_between_equals_of_an_objective(objective: Objective, expected: str) -> None:
    """Where an objective has equals they stand as they do here."""
    route = [at("b", "y"), at("a", "b")]

    made = planned(route, near("a"), objective=objective)

    assert "".join(each.id for each in made.order) == expected


@pytest.mark.parametrize("objective", [Objective.WEIGHTED, Objective.STICKY, Objective.LEAST_BUSY])
def test_it_does_not_touch_chance(objective: Objective) -> None:
    """Who is drawn is drawn, wherever the gateway is."""
    route = [at("a" if n % 2 else "b", str(n)) for n in range(8)]

    def drawn(nearness: Nearness) -> list[tuple[str, ...]]:
        ranking = Ranking(objective=objective)
        judges = [Judge(ranking=ranking, seed=seed) for seed in range(20)]
        kept = Grouped(nearness)
        return [tuple(d.id for d in plan(route, judge=j, kept=kept).order) for j in judges]

    assert drawn(near("a")) == drawn(near())


_ROUTES = st.lists(
    st.tuples(
        st.sampled_from(["", "a", "b"]),
        st.sampled_from([None, "1", "2"]),
        st.sampled_from([None, 0.0001, 0.01, 0.02, 5.0]),
        st.booleans(),
    ),
    max_size=8,
)


@given(
    route=_ROUTES,
    zone=st.sampled_from(["", "a", "c"]),
    objective=st.sampled_from(list(Objective)),
    seed=st.integers(0, 2**64 - 1),
)
def test_it_takes_nobody_in_and_nobody_out(
    route: list[tuple[str, str | None, float | None, bool]],
    zone: str,
    objective: Objective,
    seed: int,
) -> None:
    """Whatever is near: the same are asked, the same are out, and no score but the order changes.

    Nobody goes before one that the objective puts first, or one that is cheaper by the same score.
    """
    lawful = [at(where, str(i), price) for i, (where, price, _, _) in enumerate(route)]
    outside = at(zone or "a", "outside", "0")
    nearness = Nearness(zone)
    nearness.took(outside.id, 0.000001)
    for each, (_, _, seconds, _) in zip(lawful, route, strict=True):
        if seconds is not None:
            nearness.took(each.id, seconds)
    blocked = {each.id: 3.0 for each, (_, _, _, out) in zip(lawful, route, strict=True) if out}
    standing, judge = (
        Standing(blocked_s=blocked, later={}),
        Judge(ranking=Ranking(objective=objective), seed=seed),
    )

    plain = plan(lawful, standing=standing, judge=judge)
    made = plan(lawful, standing=standing, judge=judge, kept=Grouped(nearness))

    assert sorted(d.id for d in made.order) == sorted(d.id for d in plain.order)
    assert made.rejections == plain.rejections
    assert made.scores == plain.scores
    assert [d.rank_usd for d in made.order] == [d.rank_usd for d in plain.order]
    assert made.near <= {d.id for d in lawful}
