"""When a rate that is used up begins anew."""

import pytest

from guardrail_gw.routing.resets import reset_s

NOW_US = 1_795_000_000_000_000  # 2026-11-18 11:06:40 UTC
EMPTY = {"x-ratelimit-remaining-tokens": "0"}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("6m0s", 360.0),
        ("1s", 1.0),
        ("20ms", 0.02),
        ("2m59.5s", 179.5),
        ("1h2m3s", 3723.0),
        ("7.5", 7.5),
        ("1795000010", 10.0),
        ("1795000010000", 10.0),
        ("2026-11-18T11:06:50Z", 10.0),
        ("2020-11-18T11:06:50Z", 0.0),
        ("soon", None),
        ("nan", None),
        ("", None),
        ("9" * 400, None),
    ],
)
def test_what_providers_write(text: str, seconds: float | None) -> None:
    """Spans, numbers, instants; what cannot be read says nothing."""
    assert reset_s({**EMPTY, "x-ratelimit-reset-tokens": text}, NOW_US) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-reset-tokens": "9s", "x-ratelimit-remaining-tokens": "7"}, None),
        ({"x-ratelimit-reset-tokens": "9s"}, None),
        ({"x-ratelimit-reset": "9", "x-ratelimit-remaining": "0"}, 9.0),
        (
            {
                "x-ratelimit-reset-tokens": "9s",
                "x-ratelimit-remaining-tokens": "0",
                "x-ratelimit-reset-requests": "1m",
                "x-ratelimit-remaining-requests": "0",
            },
            60.0,
        ),
        (
            {
                "anthropic-ratelimit-input-tokens-reset": "2026-11-18T11:06:45Z",
                "anthropic-ratelimit-input-tokens-remaining": "0",
            },
            5.0,
        ),
        ({}, None),
    ],
)
def test_only_what_is_used_up_is_waited_for(headers: dict[str, str], seconds: float | None) -> None:
    """Of several the last; a rate that has room asks for nothing."""
    assert reset_s(headers, NOW_US) == seconds
