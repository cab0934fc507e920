"""Values that are made quickly are the values that they would be otherwise."""

from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.quick import quick


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """One that is made as all dataclasses are."""

    one: int
    two: str = field(default="x", repr=False)
    three: dict[str, int] = field(default_factory=dict, compare=False)
    four: tuple[int, ...] = ()


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Quick:
    """The same."""

    one: int
    two: str = field(default="x", repr=False)
    three: dict[str, int] = field(default_factory=dict, compare=False)
    four: tuple[int, ...] = ()


GIVEN = st.fixed_dictionaries(
    {"one": st.integers(0, 2)},
    optional={
        "two": st.sampled_from(["x", "y"]),
        "three": st.just({"a": 1}),
        "four": st.sampled_from([(), (1,)]),
    },
)


def said(value: Any) -> list[Any]:
    """Every field of it."""
    return [getattr(value, each.name) for each in fields(value)]


@given(given=GIVEN, other=GIVEN)
def test_it_is_what_it_would_be(given: dict[str, Any], other: dict[str, Any]) -> None:
    """The same fields, text, equality, hash and copies, whatever is left out."""
    ours, theirs = Quick(**given), Plain(**given)

    assert type(ours) is Quick
    assert said(ours) == said(theirs)
    assert repr(ours) == repr(theirs).replace("Plain", "Quick")
    assert hash(ours) == hash(theirs)
    assert (ours == Quick(**other)) is (theirs == Plain(**other))
    assert said(replace(ours, **other)) == said(replace(theirs, **other))


def test_it_is_frozen() -> None:
    """Nobody changes one, and a field that is made is made for each."""
    made = Quick(one=1)

    with pytest.raises(FrozenInstanceError):
        made.one = 2  # type: ignore[misc] # what is tested
    with pytest.raises(FrozenInstanceError):
        del made.one
    with pytest.raises(AttributeError):
        object.__setattr__(made, "five", 5)
    assert made.three is not Quick(one=1).three


def test_what_is_missing_or_unknown_is_refused() -> None:
    """As by any dataclass."""
    wrong: list[Any] = [{}, {"one": 1, "five": 5}]

    for each in wrong:
        with pytest.raises(TypeError):
            Quick(**each)
    with pytest.raises(TypeError):
        Quick(1)  # type: ignore[call-arg] # what is tested


def test_another_kind_of_class_is_refused() -> None:
    """A field by place, or a base, would be made otherwise."""

    @dataclass(frozen=True, slots=True)
    class Placed:
        one: int

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Derived(Plain):
        five: int

    for each in (Placed, Derived):
        with pytest.raises(TypeError):
            quick(each)
