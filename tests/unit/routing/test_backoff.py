"""How long to wait: chance, a ceiling, and what the provider asks for."""

from random import Random  # noqa: TID251 - seeded, so that a failure repeats

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.routing.backoff import Backoff, asked_s
from guardrail_gw.routing.budget import RetryBudget

NOW_US = 1_795_000_000_000_000  # 2026-11-18 11:06:40 UTC


@given(failures=st.integers(1, 10_000), seed=st.integers(0, 99))
def test_full_jitter_below_a_doubling_ceiling(failures: int, seed: int) -> None:
    """Never below zero, never above the ceiling, which stops at its maximum."""
    wait = Backoff().wait_s(failures, None, Random(seed))  # noqa: S311 - repeatable

    assert wait is not None
    assert 0.0 <= wait <= min(8.0, 0.5 * 2 ** min(failures - 1, 10))


@given(asked=st.floats(0, 100), seed=st.integers(0, 99))
def test_never_shorter_than_asked_never_longer_than_bearable(asked: float, seed: int) -> None:
    """A pause within the cap is kept; one beyond it is not waited for at all."""
    wait = Backoff().wait_s(1, asked, Random(seed))  # noqa: S311 - repeatable

    assert (wait is None) == (asked > Backoff().max_pause_s)
    assert wait is None or asked <= wait <= Backoff().max_pause_s


def test_waits_differ() -> None:
    """Those who failed together do not come back together."""
    waits = {Backoff().wait_s(3, None, Random(seed)) for seed in range(20)}  # noqa: S311 - repeatable

    assert len(waits) == 20


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after": "-4"}, 0.0),
        ({"retry-after": "Wed, 18 Nov 2026 11:06:50 GMT"}, 10.0),
        ({"retry-after": "Wed, 18 Nov 2020 11:06:50 GMT"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after-ms": "x", "retry-after": "3"}, 3.0),
        ({}, None),
    ],
)
def test_what_providers_ask_for(headers: dict[str, str], seconds: float | None) -> None:
    """Milliseconds first, then seconds, then a date; what cannot be read asks for nothing."""
    assert asked_s(headers, NOW_US) == seconds


def test_the_budget_is_a_share_of_requests_and_a_floor_per_second() -> None:
    """Once spent, five requests or a third of a second buy one more retry."""
    budget = RetryBudget()
    while budget.take(0.0):
        pass
    for _ in range(4):
        budget.request()
    assert not budget.take(0.0)

    budget.request()
    assert budget.take(0.0)
    assert not budget.take(0.0)
    assert budget.take(0.5)
    assert sum(budget.take(1e6) for _ in range(1000)) == 100
