"""From similarities to a class."""

from math import nan

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.route_class import Sorted
from guardrail_gw.semantic.decide import decided
from tests.support.semantics import two_classes

COSINES = st.floats(-1, 1)


@pytest.mark.parametrize(
    ("similarities", "name", "by"),
    [
        ([0.6, 0.2], "one", Sorted.NEAREST),
        ([0.2, 0.6], "two", Sorted.NEAREST),
        ([0.4, 0.1], "two", Sorted.UNLIKE),
        ([0.6, 0.55], "two", Sorted.CLOSE),
        ([nan, nan], "two", Sorted.UNLIKE),
    ],
)
def test_who_is_near_enough(similarities: list[float], name: str, by: Sorted) -> None:
    """The nearest class, if it is near and the next is not as near; else the fallback."""
    found = decided(similarities, two_classes(threshold=0.5, margin=0.1))

    assert (found.name, found.by) == (name, by)


@given(similarities=st.tuples(COSINES, COSINES), threshold=st.floats(0, 1), margin=st.floats(0, 1))
def test_a_class_is_earned(
    similarities: tuple[float, float], threshold: float, margin: float
) -> None:
    """Whoever is not the fallback's is near enough and nearer than all others by the margin."""
    found = decided(similarities, two_classes(threshold=threshold, margin=margin))

    assert found.similarity == max(similarities)
    assert found.margin == max(similarities) - min(similarities)
    if found.by is Sorted.NEAREST:
        assert max(similarities) >= threshold
        assert found.margin >= margin
        assert similarities[("one", "two").index(found.name)] == max(similarities)
    else:
        assert found.name == "two"
