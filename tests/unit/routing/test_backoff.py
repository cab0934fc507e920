"""Waiting: what was asked, and chance."""

import random  # noqa: TID251 - seeded, so that tests repeat

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.routing.backoff import MAX_WAIT_S, Backoff, asked_s

NOW_US = 1_795_521_600_000_000  # Tue, 24 Nov 2026 12:00:00 GMT


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "Tue, 24 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Tue, 24 Nov 2026 11:00:00 GMT"}, 0.0),
    ],
)
def test_the_headers_are_read(headers: dict[str, str], seconds: float | None) -> None:
    """Milliseconds before seconds before dates; the unreadable says nothing."""
    assert asked_s(headers, NOW_US) == seconds


@given(failures=st.integers(1, 10_000), asked=st.none() | st.floats(0, 100), seed=st.integers())
def test_waits_are_bounded(failures: int, asked: float | None, seed: int) -> None:
    """Never longer than the cap, never shorter than asked; more than the cap is not waited for."""
    chance = random.Random(seed)  # noqa: S311 - a seed makes the test repeatable
    wait = Backoff().wait_s(failures, asked, chance)

    if asked is not None and asked > MAX_WAIT_S:
        assert wait is None
    else:
        assert wait is not None
        assert (asked or 0.0) <= wait <= MAX_WAIT_S
