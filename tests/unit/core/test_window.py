"""Windows of budgets, by the calendars of time zones."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.allowance import Every
from guardrail_gw.core.window import Window, window

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns")]
LONGEST_S = {
    Every.MINUTE: 60,
    Every.HOUR: 3600,
    Every.DAY: 25 * 3600,
    Every.WEEK: 7 * 86400 + 3600,
    Every.MONTH: 31 * 86400 + 3600,
}


def us(text: str) -> int:
    """An instant."""
    return round(datetime.fromisoformat(text).timestamp() * 1e6)


@pytest.mark.parametrize(
    ("every", "name", "ends"),
    [
        (Every.MINUTE, "2026-11-26T15:04+0100", "2026-11-26T14:05:00+00:00"),
        (Every.HOUR, "2026-11-26T15+0100", "2026-11-26T15:00:00+00:00"),
        (Every.DAY, "2026-11-26", "2026-11-26T23:00:00+00:00"),
        (Every.WEEK, "2026-W48", "2026-11-29T23:00:00+00:00"),
        (Every.MONTH, "2026-11", "2026-11-30T23:00:00+00:00"),
    ],
)
def test_a_window_begins_by_the_zones_own_clock(every: Every, name: str, ends: str) -> None:
    """14:04:05 in London is 15:04:05 in Berlin."""
    found = window(every, BERLIN, us("2026-11-26T14:04:05.678+00:00"))

    assert found == Window(name=name, ends_us=us(ends))


def test_days_have_as_many_hours_as_they_have() -> None:
    """The clocks of Berlin go back on 25 October 2026: that day has 25, one hour of it twice."""
    day = window(Every.DAY, BERLIN, us("2026-10-24T22:30:00+00:00"))
    first = window(Every.HOUR, BERLIN, us("2026-10-25T00:30:00+00:00"))
    again = window(Every.HOUR, BERLIN, us("2026-10-25T01:30:00+00:00"))

    assert day == Window(name="2026-10-25", ends_us=us("2026-10-25T23:00:00+00:00"))
    assert first.name != again.name
    assert again.ends_us - first.ends_us == 3_600_000_000


def test_a_year_ends_with_its_last_month() -> None:
    """And the week with which the next one begins may be of the old one."""
    now_us = us("2026-12-31T12:00:00+00:00")

    assert window(Every.MONTH, ZONES[0], now_us).ends_us == us("2027-01-01T00:00:00+00:00")
    assert window(Every.WEEK, ZONES[0], us("2027-01-02T00:00:00+00:00")).name == "2026-W53"


@given(
    every=st.sampled_from(Every),
    zone=st.sampled_from(ZONES),
    now=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the strategy adds it
)
def test_windows_follow_each_other_without_a_gap(
    every: Every, zone: ZoneInfo, now: datetime
) -> None:
    """An instant lies before the end of its window, and at that end the next one begins."""
    now_us = round(now.timestamp() * 1e6)

    here = window(every, zone, now_us)
    last, after = (window(every, zone, here.ends_us + step) for step in (-1, 0))

    assert 0 < here.ends_us - now_us <= LONGEST_S[every] * 1_000_000
    assert last == here
    assert after.name != here.name
    assert after.ends_us > here.ends_us
