"""When a deployment is left alone, and when it is asked again."""

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.routing.breaker import Breaker, BreakerLimits


def fail(breaker: Breaker, now: float, times: int = 1) -> None:
    """Let that many calls fail."""
    for _ in range(times):
        breaker.failed(breaker.enter(), now)


def test_five_in_a_row_open_it_four_do_not() -> None:
    """A success in between starts the count anew."""
    breaker = Breaker()
    fail(breaker, 0.0, 4)
    breaker.succeeded(breaker.enter(), 0.0)
    fail(breaker, 0.0, 4)
    assert breaker.blocked_s(0.0) == 0.0

    fail(breaker, 0.0)

    assert breaker.is_open
    assert breaker.blocked_s(0.0) == 10.0


@pytest.mark.parametrize(("calls", "opens"), [(19, False), (20, True)])
def test_half_of_twenty_open_it(calls: int, opens: bool) -> None:  # noqa: FBT001 - a table
    """Alternating failures open it once there are enough calls to prove something."""
    breaker = Breaker()
    for number in range(calls):
        ticket = breaker.enter()
        if number % 2:
            breaker.failed(ticket, 0.0)
        else:
            breaker.succeeded(ticket, 0.0)

    assert breaker.is_open is opens


def test_what_is_older_than_the_window_does_not_count() -> None:
    """Failures of a minute ago say nothing about now."""
    breaker = Breaker(BreakerLimits(consecutive=1000))
    fail(breaker, 0.0, 19)
    fail(breaker, 31.0)

    assert not breaker.is_open


def test_each_failed_probe_doubles_the_pause_up_to_the_maximum() -> None:
    """10, 20, 40 ... 300 seconds; an answered probe brings it back to 10."""
    breaker, now, pauses = Breaker(), 0.0, []
    fail(breaker, now, 5)
    for _ in range(7):
        pauses.append(breaker.blocked_s(now))
        now += pauses[-1]
        fail(breaker, now)
    assert pauses == [10, 20, 40, 80, 160, 300, 300]

    now += breaker.blocked_s(now)
    breaker.succeeded(breaker.enter(), now)
    fail(breaker, now, 5)

    assert breaker.blocked_s(now) == 10.0


def test_one_probe_at_a_time() -> None:
    """While a probe is under way others stay away; one that was given up leaves its place."""
    breaker = Breaker()
    fail(breaker, 0.0, 5)
    probe = breaker.enter()
    assert breaker.blocked_s(10.0) > 0.0

    breaker.abandoned(probe)

    assert breaker.blocked_s(10.0) == 0.0


def test_a_refused_key_opens_it_at_once() -> None:
    """Asking again with the same key does not help."""
    breaker = Breaker()
    breaker.rejected(breaker.enter(), 0.0)

    assert breaker.blocked_s(0.0) == 10.0


def test_a_pause_is_no_failure_and_is_capped() -> None:
    """Parked is not open; nobody parks a deployment for more than five minutes."""
    breaker = Breaker()
    breaker.park(0.0, 1e9, "http_429")
    breaker.park(0.0, 1.0, "http_529")  # a shorter one does not end a longer one

    assert not breaker.is_open
    assert breaker.blocked_s(0.0) == 300.0
    assert breaker.blocked_s(300.0) == 0.0
    assert [breaker.paused_for(at) for at in (0.0, 299.0, 300.0)] == ["http_429"] * 2 + [None]


def test_an_open_breaker_is_no_pause() -> None:
    """Who failed is left alone for that, whatever pause it asked for before."""
    breaker = Breaker()
    breaker.park(0.0, 60.0, "http_429")
    breaker.rejected(breaker.enter(), 0.0)

    assert breaker.paused_for(1.0) is None


def test_what_began_before_it_opened_says_nothing_about_now() -> None:
    """Late results of old calls neither close it nor prolong the pause."""
    breaker = Breaker()
    old = breaker.enter()
    fail(breaker, 0.0, 5)

    breaker.succeeded(old, 1.0)
    assert breaker.blocked_s(1.0) == 9.0

    probe = breaker.enter()
    breaker.failed(old, 10.0)
    breaker.rejected(old, 10.0)
    breaker.succeeded(probe, 10.0)

    assert not breaker.is_open


STEPS = st.tuples(st.sampled_from(["ok", "bad", "key", "park", "drop"]), st.floats(0, 40))


@given(steps=st.lists(STEPS, max_size=80))
def test_it_never_stays_closed_to_everyone_for_ever(steps: list[tuple[str, float]]) -> None:
    """Whatever happened, after the longest pause somebody is let in, and a success closes it."""
    breaker, now = Breaker(), 0.0
    for what, passed in steps:
        now += passed
        if what == "park":
            breaker.park(now, passed, "http_429")
        elif breaker.blocked_s(now) == 0.0:
            ticket = breaker.enter()
            match what:
                case "ok":
                    breaker.succeeded(ticket, now)
                case "bad":
                    breaker.failed(ticket, now)
                case "key":
                    breaker.rejected(ticket, now)
                case _:
                    breaker.abandoned(ticket)
        assert 0.0 <= breaker.blocked_s(now) <= 300.0 + 1e-6  # sums of floats
    now += 300.0

    assert breaker.blocked_s(now) == 0.0
    breaker.succeeded(breaker.enter(), now)
    assert not breaker.is_open
