"""What each objective makes of the same deployments."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from random import Random  # noqa: TID251 - seeded, so that a failure repeats
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from guardrail_gw.core.ability import Abilities, Ability, Needs
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.objective import Objective, Ranking
from guardrail_gw.core.reason import UNFIT, Reason
from guardrail_gw.core.route_class import RouteClass, Sorted
from guardrail_gw.routing.breaker import Breaker
from guardrail_gw.routing.fit import unfit
from guardrail_gw.routing.groups import Grouped
from guardrail_gw.routing.health import Health, Standing
from guardrail_gw.routing.plan import plan
from guardrail_gw.routing.rank import Judge
from tests.support.routing_world import deployment, said

CHANCE = Random(7)  # noqa: S311 - repeatable
SEEDS = [CHANCE.getrandbits(64) for _ in range(4000)]


def judged(objective: Objective, **more: Any) -> Judge:
    """A judge of this objective."""
    weights = more.pop("weights", {})
    return Judge(ranking=Ranking(objective=objective, weights=weights), **more)


def health(first_s: float | None = None, in_flight: int = 0) -> Health:
    """Of a deployment that answered so fast a moment ago."""
    made = Health(Breaker())
    made.in_flight = in_flight
    if first_s is not None:
        made.answered(first_s, 0.0, stream=True)
    return made


@pytest.mark.parametrize(
    ("known", "order"),
    [
        ({"a": health(0.9), "b": health(0.3), "c": health(0.5)}, "bca"),
        ({"a": health(0.9), "b": health(0.3, in_flight=3), "c": health(0.5)}, "cab"),
        ({"a": health(0.9), "c": health(0.5)}, "bca"),
        ({"a": health(0.9), "b": health(in_flight=1), "c": health(0.5)}, "cab"),
        ({}, "abc"),
    ],
    ids=["fastest", "times who waits", "unmeasured first", "but one at a time", "then by cost"],
)
def test_latency(known: Mapping[str, Health], order: str) -> None:
    """Whoever is expected to have answered first; nobody waits at one that was never measured."""
    route = [deployment(name, str(i)) for i, name in enumerate("abc")]

    made = plan(route, judge=judged(Objective.LATENCY, known=known, stream=True))

    assert "".join(d.id for d in made.order) == order


def test_quality_then_cost() -> None:
    """The strongest class, the cheapest in it; one without a class comes last."""
    classes = {"a": 0, "b": 5, "c": 9, "d": 5}
    route = [
        replace(deployment(name, str(9 - i)), quality=of)
        for i, (name, of) in enumerate(classes.items())
    ]

    assert [d.id for d in plan(route, judge=judged(Objective.QUALITY)).order] == list("cdba")


def test_chance_picks_by_weight() -> None:
    """Three quarters go to the heavier one; one of no weight is only asked when others failed."""
    route = [deployment(name) for name in "abc"]
    weights = {"a": 3, "c": 0}

    orders = [
        plan(route, judge=judged(Objective.WEIGHTED, seed=seed, weights=weights)).order
        for seed in SEEDS
    ]

    firsts = Counter(order[0].id for order in orders)
    assert firsts["a"] / len(SEEDS) == pytest.approx(0.75, abs=0.03)
    assert firsts["c"] == 0
    assert {order[-1].id for order in orders} == {"c"}


def test_the_less_busy_of_two() -> None:
    """Of four, the busiest is first only if chance never meets it with another."""
    route = [deployment(name) for name in "abcd"]
    known = {name: health(in_flight=busy) for name, busy in zip("abcd", (0, 1, 2, 9), strict=True)}

    firsts = Counter(
        plan(route, judge=judged(Objective.LEAST_BUSY, seed=seed, known=known)).order[0].id
        for seed in SEEDS
    )

    shares = [firsts[name] / len(SEEDS) for name in "abcd"]
    assert shares == [pytest.approx(each, abs=0.03) for each in (1 / 2, 1 / 3, 1 / 6, 0.0)]


@pytest.mark.parametrize("count", [3, 8])
def test_sticky_moves_only_those_of_who_is_gone(count: int) -> None:
    """When one of n is out, the n-th part moves, and nobody else; when it is back, so are they."""
    route = [deployment(f"d{i}") for i in range(count)]

    def first(seed: int, among: list[Deployment]) -> str:
        return plan(among, judge=judged(Objective.STICKY, seed=seed)).order[0].id

    before = {seed: first(seed, route) for seed in SEEDS}
    after = {seed: first(seed, route[1:]) for seed in SEEDS}

    moved = [seed for seed in SEEDS if before[seed] != after[seed]]
    assert {before[seed] for seed in moved} == {"d0"}
    assert len(moved) / len(SEEDS) == pytest.approx(1 / count, abs=0.03)


NAMES = "abcdef"
ABILITIES = st.frozensets(st.sampled_from(list(Ability)), max_size=2)
ONE = st.builds(
    lambda price, denied, doubted, quality: (price, denied, doubted, quality),
    st.none() | st.integers(0, 5).map(str),
    ABILITIES,
    ABILITIES,
    st.integers(0, 9),
)


def made_of(told: list[tuple[str | None, Any, Any, int]]) -> list[Deployment]:
    """Deployments with these prices, abilities and classes."""
    return [
        replace(
            deployment(name, price, dialect="letters" if quality % 2 else "other"),
            abilities=Abilities(denied=denied, doubted=doubted),
            quality=quality,
        )
        for name, (price, denied, doubted, quality) in zip(NAMES, told, strict=False)
    ]


@settings(max_examples=60)
@given(
    told=st.lists(ONE, max_size=len(NAMES)),
    needed=ABILITIES,
    out=st.frozensets(st.sampled_from(NAMES)),
    later=st.frozensets(st.sampled_from(NAMES)),
    seed=st.integers(0, 2**64 - 1),
    objective=st.sampled_from(list(Objective)),
)
def test_whatever_the_objective(  # noqa: PLR0913, PLR0917 - a law over all that decides
    told: list[tuple[str | None, Any, Any, int]],
    needed: frozenset[Ability],
    out: frozenset[str],
    later: frozenset[str],
    seed: int,
    objective: Objective,
) -> None:
    """Everybody is asked or out, once; nobody unfit or left alone; who is doubted comes last.

    The same seed gives the same plan, with or without what is kept of earlier requests.
    """
    route, needs = made_of(told), Needs(abilities=needed)
    standing = Standing(
        blocked_s=dict.fromkeys(out, 3.0), later=dict.fromkeys(later, Reason.OUTLIER)
    )
    judge, kept = judged(objective, seed=seed), Grouped()

    made, again, once_more = (
        plan(route, needs, standing=standing, judge=judge, dialect="letters", kept=each)
        for each in (None, kept, kept)
    )

    named = [*(d.id for d in made.order), *(r.deployment for r in made.rejections)]
    assert sorted(named) == [d.id for d in route]
    assert len(made.scores) == len(made.order)
    assert not any(unfit(d, needs) or d.id in out for d in made.order)
    assert {r.reason for r in made.rejections} <= UNFIT | {Reason.BREAKER_OPEN}
    ranks = [
        (bool(set(made.doubts.get(d.id, ())) - {Reason.OUTLIER}), d.id in later) for d in made.order
    ]
    assert ranks == sorted(ranks)
    assert said(made) == said(again) == said(once_more)
    if not (out or later):  # then one plan does for many requests
        well = [plan(route, needs, judge=judge, dialect="letters", kept=kept) for _ in range(2)]
        assert [said(each) for each in well] == [said(made)] * 2
        assert (well[0] is well[1]) is (objective is Objective.COST)


PREFERENCES = st.fixed_dictionaries(
    {
        "objective": st.sampled_from(
            [each for each in Objective if each is not Objective.SEMANTIC]
        ),
        "prefer": st.frozensets(st.sampled_from("abcd")),
        "prefer_quality": st.frozensets(st.integers(1, 9), max_size=3),
    }
)


@settings(max_examples=60)
@given(
    preference=PREFERENCES, seed=st.integers(0, 2**64 - 1), blocked=st.sets(st.sampled_from("ab"))
)
def test_a_route_class_only_changes_the_order(
    preference: dict[str, Any], seed: int, blocked: set[str]
) -> None:
    """Nobody comes in or goes out for it, and of those that are as well the preferred are first."""
    route = [replace(deployment(name, str(i)), quality=i) for i, name in enumerate("abcd")]
    of_class = Ranking(**preference)
    whole = Ranking(objective=Objective.SEMANTIC, classes={"quick": of_class})
    found = RouteClass(name="quick", by=Sorted.NEAREST)
    standing = Standing(blocked_s=dict.fromkeys(blocked, 5.0), later={"c": Reason.SLOW_START})

    made = plan(route, standing=standing, judge=Judge(ranking=whole.of(found), seed=seed))
    plain = plan(route, standing=standing)

    assert sorted(d.id for d in made.order) == sorted(d.id for d in plain.order)
    assert made.rejections == plain.rejections
    well = [of_class.preferred(each) for each in made.order if each.id != "c"]
    assert well == sorted(well, reverse=True)
    assert [d.id for d in made.order][-1] == "c"


def test_who_is_preferred_is_asked_before_those_of_the_client_s_dialect() -> None:
    """Where the operator prefers nobody, these come first."""
    route = [deployment("a", "1", dialect="other"), deployment("b", "2")]

    for prefer, first in ((frozenset("a"), "a"), (frozenset[str](), "b")):
        judge = Judge(ranking=Ranking(prefer=prefer))

        assert plan(route, judge=judge, dialect="letters").order[0].id == first


def test_without_a_class_it_is_by_cost() -> None:
    """So it is for a class of which nothing is said."""
    whole = Ranking(objective=Objective.SEMANTIC, classes={"deep": Ranking(prefer=frozenset("b"))})

    assert whole.of(None).objective is Objective.COST
    assert whole.of(RouteClass(name="quick", by=Sorted.NEAREST)).prefers is False
    assert whole.of(RouteClass(name="deep", by=Sorted.LATE)).prefers is True
