"""What providers say of their own limits, and for how long it is believed."""

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.routing.headroom import MOST_S, Headroom

NOW_US = 1_795_735_800_000_000
"""2026-11-26T23:30:00Z."""


def heard(**headers: str) -> Headroom:
    """What is known after one answer with these headers."""
    room = Headroom()
    room.heard({name.replace("_", "-"): value for name, value in headers.items()}, NOW_US, 0.0)
    return room


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [
        ("12ms", 0.012),
        ("1s", 1.0),
        ("7.66", 7.66),
        ("6m0s", 300.0),
        ("2m59.56s", 179.56),
        ("1h2m", MOST_S),
        ("2026-11-26T23:30:20Z", 20.0),
        ("2026-11-27T00:30:20+01:00", 20.0),
        ("2026-11-26T23:00:00Z", 0.0),
        ("soon", 60.0),
        ("1s and more", 60.0),
        ("9" * 65, 60.0),
    ],
)
def test_a_reset_is_read_however_it_is_said(reset: str, seconds: float) -> None:
    """A duration, seconds or an instant; what cannot be read is a minute, nothing is long."""
    room = heard(x_ratelimit_remaining_requests="0", x_ratelimit_reset_requests=reset)

    assert room.wait_s(1, 0.0) == pytest.approx(seconds, abs=1e-4)


def test_a_limit_fills_evenly() -> None:
    """Of 600 tokens a minute, 100 are there after ten seconds; nobody waits for all of them."""
    room = heard(
        x_ratelimit_remaining_tokens="0",
        x_ratelimit_limit_tokens="600",
        x_ratelimit_reset_tokens="60s",
    )

    assert room.wait_s(100, 0.0) == pytest.approx(10.0)
    assert room.wait_s(100, 9.0) == pytest.approx(1.0)
    assert room.wait_s(100, 10.0) == 0.0
    assert room.shown(5.0) == {"tokens": 50}


def test_what_is_over_is_forgotten() -> None:
    """After the reset nothing is known, so nobody is kept away."""
    room = heard(x_ratelimit_remaining_requests="0", x_ratelimit_reset_requests="3s")

    assert room.wait_s(1, 2.9) > 0.0
    assert room.wait_s(1, 3.0) == 0.0
    assert room.shown(3.0) == {}


def test_anthropics_limits_count_each_of_their_own() -> None:
    """Input, output and requests: the one that has no room decides."""
    reset = "2026-11-26T23:30:30Z"
    named = {
        f"anthropic_ratelimit_{kind}_{part}": value
        for kind, held in (("requests", "5"), ("input_tokens", "1000"), ("output_tokens", "0"))
        for part, value in (("remaining", held), ("reset", reset))
    }

    assert heard(**named).wait_s(10, 0.0) == pytest.approx(30.0)
    assert heard(**named | {"anthropic_ratelimit_output_tokens_remaining": "1"}).wait_s(10, 0) == 0
    assert heard(**named).shown(0.0) == {"input-tokens": 1000, "output-tokens": 0, "requests": 5}


def test_what_is_under_way_counts_before_the_provider_says_so() -> None:
    """Two requests that begin together do not both have the last place."""
    room = heard(
        x_ratelimit_remaining_requests="1",
        x_ratelimit_reset_requests="9s",
        x_ratelimit_remaining_tokens="900",
        x_ratelimit_reset_tokens="9s",
    )
    assert room.wait_s(500, 0.0) == 0.0

    room.took(500, 0.0)

    assert room.wait_s(1, 0.0) == 9.0
    assert room.shown(0.0) == {"requests": 0, "tokens": 400}


def test_nothing_is_known_without_headers() -> None:
    """A provider that says nothing, or nonsense, has room."""
    assert heard().wait_s(10**9, 0.0) == 0.0
    assert heard(x_ratelimit_remaining_tokens="many").wait_s(10**9, 0.0) == 0.0


TEXTS = st.text(max_size=70) | st.from_regex(r"[0-9hms.]{1,12}", fullmatch=True)


@given(texts=st.tuples(TEXTS, TEXTS, TEXTS), tokens=st.integers(0, 10**7), now_s=st.floats(0, 1e4))
def test_no_header_keeps_anybody_away_for_long(
    texts: tuple[str, str, str], tokens: int, now_s: float
) -> None:
    """Whatever a provider writes, the wait is between nothing and five minutes, and then over."""
    names = ("remaining", "limit", "reset")
    room = heard(**{f"x_ratelimit_{n}_tokens": t for n, t in zip(names, texts, strict=True)})

    assert 0.0 <= room.wait_s(tokens, now_s) <= MOST_S
    assert room.wait_s(tokens, MOST_S) == 0.0
