"""What ends, and who can read."""

import pytest

from guardrail_gw.doctor.ends import End, Mode, judge_end, judge_modes

DAY_US = 86_400_000_000


@pytest.mark.parametrize(("days", "verdict"), [(-1, "fail"), (0, "fail"), (29, "warn"), (30, "ok")])
def test_an_end_is_told_a_month_ahead(days: int, verdict: str) -> None:
    """And advice comes with it."""
    end = End(name="keys", what="recipients", ends_us=100 * DAY_US, then="rotate them")

    check = judge_end(end, (100 - days) * DAY_US)

    assert check.verdict.value == verdict
    assert bool(check.advice) is (verdict != "ok")


@pytest.mark.parametrize(
    ("mode", "verdict"),
    [
        (0o600, "ok"),
        (0o400, "ok"),
        (0o440, "ok"),
        (0o644, "warn"),
        (0o660, "warn"),
        (0o602, "warn"),
    ],
)
def test_a_secret_is_closed_to_others(mode: int, verdict: str) -> None:
    """A group may read it (a pod's `fsGroup`), nobody else may, and nobody may change it."""
    check = judge_modes([Mode(name="azure", mode=mode)])

    assert check.verdict.value == verdict
    assert ("azure" in check.said) is (verdict == "warn")
