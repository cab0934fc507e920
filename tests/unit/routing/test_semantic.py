"""A semantic objective: what is asked of the classifier, and what the plan makes of it."""

from dataclasses import replace

from guardrail_gw.core.fallback import Cause, Fallback
from guardrail_gw.core.objective import Objective, Ranking
from tests.support.routing_world import GOOD, Stage, recorded
from tests.support.semantics import Told

SEMANTIC = Ranking(
    objective=Objective.SEMANTIC,
    classes={"one": Ranking(prefer=frozenset({"b"})), "two": Ranking(objective=Objective.LATENCY)},
)


async def first(stage: Stage) -> str:
    """Who is asked first, as the record has it."""
    record = recorded(stage.lawful, stream=True)
    ahead = await stage.routing.ahead(record.placed, record.journal)
    assert record.journal.route_class == ahead.plan.route_class
    return ahead.plan.order[0].id


async def test_the_class_says_who_is_asked() -> None:
    """Its preferences and its objective are those of the plan, which names it."""
    told = Told()
    stage = Stage({"a": [GOOD], "b": [GOOD]}, ranking=SEMANTIC, classifier=told)

    assert await first(stage) == "b"
    told.name = "two"
    assert await first(stage) == "a"
    assert len(told.heard) == 2


async def test_where_no_ranking_asks_nobody_is_sorted() -> None:
    """The classifier hears nothing, and the plan names no class."""
    told = Told()
    stage = Stage({"a": [GOOD], "b": [GOOD]}, classifier=told)

    assert await first(stage) == "a"
    assert told.heard == []


async def test_a_model_that_is_asked_instead_has_the_same_class() -> None:
    """It is found once, also where the client's own model is ranked by something else."""
    told = Told()
    stage = Stage({"a": [GOOD], "b": [GOOD]}, others={"other": SEMANTIC}, classifier=told)
    other = Fallback(model="other", on=frozenset(Cause), lawful=tuple(stage.lawful))
    placed = replace(recorded(stage.lawful, stream=True).placed, fallbacks=(other,))

    found = await stage.routing.planner.classified(placed)

    made, instead = (stage.routing.planner.plan(placed, each, found) for each in (None, other))
    assert [d.id for d in made.order] == ["a", "b"]
    assert [d.id for d in instead.order] == ["b", "a"]
    assert (made.route_class, instead.route_class) == (None, found)
    assert len(told.heard) == 1
