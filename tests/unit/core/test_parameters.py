from typing import Any

import pytest

from guardrail_gw.core.parameters import Bounds, Parameters

STRICT = Parameters(
    renamed=(("seed", "random_seed"),),
    refused=("logprobs", "suffix"),
    bounds=(
        ("n", Bounds(most=1, is_refused_beyond=True)),
        ("random_seed", Bounds(least=0, is_refused_beyond=True)),
        ("temperature", Bounds(least=0, most=1)),
    ),
)


@pytest.mark.parametrize(
    ("members", "obstacle"),
    [
        ({}, None),
        ({"logprobs": True}, "logprobs"),
        ({"logprobs": 5}, "logprobs"),
        ({"suffix": "Anna"}, "suffix"),
        ({"logprobs": False, "suffix": None}, None),
        ({"logprobs": 0}, None),
        ({"n": 2}, "n above 1"),
        ({"n": 1}, None),
        ({"n": True, "temperature": 7}, None),
        ({"n": "Anna"}, None),
        ({"seed": -1}, "random_seed below 0"),
    ],
)
def test_what_cannot_be_done_is_named(members: dict[str, Any], obstacle: str | None) -> None:
    """By the provider's name for it and the bound of the table, never by the value."""
    assert STRICT.obstacle(members) == obstacle


def test_of_two_members_that_become_one_the_provider_s_own_stays() -> None:
    """Whatever their order."""
    both = {"seed": 1, "random_seed": 2}

    assert STRICT.named(both) == {"random_seed": 2}
    assert STRICT.named({"seed": 1, "n": 3}) == {"random_seed": 1, "n": 3}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (2, ("above 1", 1)),
        (-0.5, ("below 0", 0)),
        (0.5, None),
        (1, None),
        ("2", None),
        (True, None),
    ],
)
def test_a_number_lies_outside_or_not(value: Any, found: tuple[str, int] | None) -> None:
    """Ends are inside; what is no number lies nowhere."""
    assert Bounds(least=0, most=1).beyond(value) == found
