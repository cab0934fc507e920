"""Virtual models as operators write them: what counts for nothing is refused."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from guardrail_gw.core.objective import Objective
from guardrail_gw.core.route_class import RouteClass, Sorted
from guardrail_gw.routes import RouteConfig


def route(**more: Any) -> RouteConfig:
    """One model on two deployments."""
    return RouteConfig.model_validate_json(
        json.dumps({"name": "m", "deployments": ["a", "b"], **more})
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"objective": "semantic"}, "give classes with `objective: semantic`"),
        ({"classes": {"x": {}}}, "and only then"),
        (
            {"objective": "semantic", "classes": {"x": {"objective": "semantic"}}},
            "class x: a class is ranked by another objective",
        ),
        ({"objective": "semantic", "classes": {"x": {"prefer": ["c"]}}}, "class x: prefers c"),
        (
            {"objective": "semantic", "classes": {"x": {"weights": {"a": 1}}}},
            "class x: weights count with `objective: weighted` only",
        ),
        ({"objective": "semantic", "classes": {"x": {"prefer_quality": [10]}}}, "less than or eq"),
        ({"objective": "weighted", "weights": {"a": 0, "b": 0}}, "must be above 0"),
    ],
)
def test_what_counts_for_nothing_is_refused(more: dict[str, Any], said: str) -> None:
    """With the class that it is said of."""
    with pytest.raises(ValidationError, match=said):
        route(**more)


def test_a_class_becomes_a_ranking() -> None:
    """With all that is said of it."""
    made = route(
        objective="semantic",
        classes={"x": {"objective": "weighted", "weights": {"a": 2}, "prefer": ["b"]}},
    ).ranking()

    of_class = made.of(RouteClass(name="x", by=Sorted.NEAREST))
    assert (of_class.objective, of_class.weights) == (Objective.WEIGHTED, {"a": 2})
    assert of_class.prefer == {"b"}
