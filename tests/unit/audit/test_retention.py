"""What decides whether content stays, when several things ask at once."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.audit.retention import DAY_US, Decision, Why, decided, period
from guardrail_gw.core.ports import Hold, RegisterRow
from guardrail_gw.policy.policy import Retention

_ROW = RegisterRow(
    sid="0" * 32,
    tag="tag",
    scope="person",
    tenant="tenant",
    level="full",
    suite=1,
    public=b"",
    sealed=b"",
    not_before_us=100,
    until_us=200,
)
_HOLD = Hold(id="1" * 32, scope="person", since_us=0)
_DAYS = st.integers(min_value=2, max_value=4000)
_NOW = st.integers(min_value=0, max_value=4_000_000 * DAY_US // 100)


@pytest.mark.parametrize(
    ("holds", "now", "wanted", "expected"),
    [
        ([_HOLD], 999, "art17", Decision(why=Why.HOLD, until_us=None)),
        ([replace(_HOLD, scope="tenant")], 999, "", Decision(why=Why.HOLD, until_us=None)),
        ([replace(_HOLD, scope="")], 999, "", Decision(why=Why.HOLD, until_us=None)),
        ([replace(_HOLD, scope="else")], 999, "", Decision(why=Why.EXPIRED, until_us=None)),
        ([], 99, "art17", Decision(why=Why.MINIMUM, until_us=100)),
        ([], 100, "art17", Decision(why=Why.ERASURE, until_us=None)),
        ([], 199, "", Decision(why=Why.KEPT, until_us=200)),
        ([], 200, "", Decision(why=Why.EXPIRED, until_us=None)),
    ],
)
def test_the_stronger_decides(holds: list[Hold], now: int, wanted: str, expected: Decision) -> None:
    """A hold, then a minimum, then an erasure, then the end of retention."""
    assert decided(replace(_ROW, wanted=wanted), holds, now) == expected


@given(now=_NOW, wanted=st.sampled_from(["", "art17"]), held=st.booleans())
def test_only_what_may_go_goes(now: int, wanted: str, *, held: bool) -> None:
    """Nothing is destroyed under a hold, before its minimum, or without a reason."""
    decision = decided(replace(_ROW, wanted=wanted), [_HOLD] if held else [], now)

    if decision.destroy:
        assert not held
        assert now >= _ROW.not_before_us
        assert wanted or now >= _ROW.until_us
    else:
        assert held or now < _ROW.not_before_us or (not wanted and now < _ROW.until_us)


@given(days=_DAYS, least=st.integers(min_value=0, max_value=4000), now=_NOW)
def test_nothing_stays_too_long_or_too_short(days: int, least: int, now: int) -> None:
    """Content goes on its last day at the latest, or, if a law asks for longer, after that."""
    retention = Retention(full_days=days, minimum_days=least)
    kept_days = retention.days("full")

    found = period(kept_days, retention, now)

    assert found.until_us > now
    assert found.until_us - now <= (kept_days + 7) * DAY_US
    if least:
        assert found.not_before_us >= now + least * DAY_US
        assert found.until_us >= found.not_before_us
    else:
        assert found.not_before_us == 0
        assert found.until_us <= now + days * DAY_US


@given(days=_DAYS, moments=st.lists(_NOW, min_size=2, max_size=20))
def test_periods_follow_each_other(days: int, moments: list[int]) -> None:
    """Later content is never in an earlier period, and never goes before earlier content."""
    found = [period(days, Retention(), moment) for moment in sorted(moments)]

    assert all(one.number <= other.number for one, other in pairwise(found))
    assert all(one.until_us <= other.until_us for one, other in pairwise(found))


_RETENTIONS = st.builds(
    Retention, minimum_days=_DAYS, identity_days=_DAYS, redacted_days=_DAYS, full_days=_DAYS
)


@given(one=_RETENTIONS, other=_RETENTIONS, third=_RETENTIONS)
def test_combining_only_narrows(one: Retention, other: Retention, third: Retention) -> None:
    """Of two retentions the longest minimum and the shortest time count, in whatever order."""
    both = one.narrowed(other)

    assert both == other.narrowed(one) == both.narrowed(one)
    assert both.narrowed(third) == one.narrowed(other.narrowed(third))
    for level in ("identity", "redacted", "full"):
        assert both.days(level) <= max(one.days(level), other.minimum_days)
