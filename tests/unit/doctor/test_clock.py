"""Whether the clock can be right."""

import pytest

from guardrail_gw.doctor.check import Verdict
from guardrail_gw.doctor.clock import Times, judge

NOW_US = 1_800_000_000_000_000
S = 1_000_000


@pytest.mark.parametrize(
    ("times", "clock", "files"),
    [
        (Times(now_us=NOW_US, recorded_us=NOW_US - 5 * S, filed_us=NOW_US), "ok", "ok"),
        (Times(now_us=NOW_US, recorded_us=NOW_US + S, filed_us=NOW_US), "ok", "ok"),
        (Times(now_us=NOW_US, recorded_us=NOW_US + 3600 * S, filed_us=NOW_US), "fail", "ok"),
        (Times(now_us=NOW_US, filed_us=NOW_US - 60 * S), "ok", "warn"),
        (Times(now_us=0), "fail", "not tested"),
    ],
)
def test_clocks_are_held_to_each_other(times: Times, clock: str, files: str) -> None:
    """A record of the future fails; a file system that is late warns; a second is nothing."""
    assert [check.verdict.value for check in judge(times)] == [clock, files]


def test_ages_are_told_in_words() -> None:
    """Days, not microseconds."""
    found = judge(Times(now_us=NOW_US, recorded_us=NOW_US - 3 * 86_400 * S))

    assert found[0].said == "the newest record is 3 days old"
    assert found[0].verdict is Verdict.OK
