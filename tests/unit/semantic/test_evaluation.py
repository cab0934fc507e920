"""How well classes fit cases."""

import pytest

from guardrail_gw.core.route_class import RouteClass, Sorted
from guardrail_gw.semantic.evaluation import Case, evaluated
from tests.support.semantics import two_classes


def case(kind: str | None, language: str | None = None) -> Case:
    """One whose prompt does not matter."""
    return Case.model_validate({"prompt": "p", "class": kind, "language": language})


def found(name: str, by: Sorted = Sorted.NEAREST) -> RouteClass:
    """What came of one."""
    return RouteClass(name=name, by=by)


def test_cases_are_counted_by_what_was_named_and_found() -> None:
    """A case of the fallback class that is like none is not sorted right, but ranked right."""
    cases = [case("one", "de"), case("one", "en"), case("two", "de"), case(None), case(None)]
    results = [
        found("one"),
        found("two"),
        found("two", Sorted.UNLIKE),
        found("two", Sorted.UNLIKE),
        found("one"),
    ]

    told = evaluated(cases, results, two_classes())

    assert told.confusion == {
        "one": {"one": 1, "two": 1, "(none)": 0},
        "two": {"one": 0, "two": 0, "(none)": 1},
        "(none)": {"one": 1, "two": 0, "(none)": 1},
    }
    assert (told.accuracy, told.well_routed) == pytest.approx((2 / 5, 3 / 5))
    assert told.languages == {"de": (1, 2), "en": (0, 1)}
    assert told.by == {"nearest": 3, "unlike": 2}
    rates = {name: (each.precision, each.recall) for name, each in told.classes.items()}
    assert rates == {"one": (0.5, 0.5), "two": (0.0, 0.0), "(none)": (0.5, 0.5)}


def test_a_prompt_is_not_shown() -> None:
    """Cases may quote what somebody wrote."""
    assert "p" not in repr(case("one")).replace("prompt", "").split("(")[1]
