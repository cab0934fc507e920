"""Advice on sizes."""

import pytest

from guardrail_gw.doctor.sizes import Measured, Run, judge

ALONE = Run(connections=1, requests=100, took_s=2, p50_ms=8, p99_ms=20, processors=0.6)
CROWDED = Run(connections=16, requests=400, took_s=4, p50_ms=90, p99_ms=200, processors=1.0)


def test_what_was_measured_is_told() -> None:
    """100 requests/s with one processor are 10 ms each, and 60 should be planned for."""
    latency, throughput = judge(Measured(alone=ALONE, crowded=CROWDED), None)

    assert "8.0 ms" in latency.said
    assert "100 requests/s" in throughput.said
    assert "10.0 ms of one each" in throughput.said
    assert "60 requests/s" in throughput.advice


@pytest.mark.parametrize(("wanted", "gateways"), [(60, 1), (61, 2), (600, 10)])
def test_so_many_gateways_are_needed(wanted: float, gateways: int) -> None:
    """By 60 % of what one was seen to serve."""
    found = judge(Measured(alone=ALONE, crowded=CROWDED), wanted)[-1]

    assert f"need {gateways} such" in found.said
    assert found.verdict.value == ("ok" if gateways == 1 else "warn")
