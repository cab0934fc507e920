"""The breaker's states, with time as an argument."""

from guardrail_gw.routing.breaker import Breaker


def fail(breaker: Breaker, times: int, now: float) -> None:
    """Let it fail."""
    for _ in range(times):
        breaker.failed(breaker.enter(), now)


def test_it_opens_after_five_failures_in_a_row() -> None:
    """Four are not enough, five are; it stays open for ten seconds."""
    breaker = Breaker()

    fail(breaker, 4, 100.0)
    assert breaker.blocked_s(100.0) == 0.0
    fail(breaker, 1, 100.0)

    assert breaker.is_open
    assert breaker.blocked_s(100.0) == 10.0
    assert breaker.blocked_s(110.0) == 0.0


def test_half_of_twenty_opens_it_and_old_calls_are_forgotten() -> None:
    """Alternating calls open it at the twentieth, unless they lie more than 30 s apart."""
    for gap, opens in ((0.1, True), (2.0, False)):
        breaker, now = Breaker(), 100.0
        for _ in range(10):
            breaker.succeeded(breaker.enter(), now)
            breaker.failed(breaker.enter(), now)
            now += 2 * gap
        assert breaker.is_open is opens


def test_half_open_lets_one_probe_through() -> None:
    """While the probe is out nobody else passes; its answer closes the breaker."""
    breaker = Breaker()
    fail(breaker, 5, 100.0)

    probe = breaker.enter()

    assert breaker.blocked_s(111.0) > 0.0
    breaker.answered(probe)
    assert not breaker.is_open
    assert breaker.blocked_s(111.0) == 0.0


def test_an_abandoned_probe_frees_its_place() -> None:
    """A client that leaves during the probe does not shut the deployment off for good."""
    breaker = Breaker()
    fail(breaker, 5, 100.0)

    breaker.abandoned(breaker.enter())

    assert breaker.blocked_s(111.0) == 0.0


def test_each_failed_probe_doubles_the_wait_up_to_five_minutes() -> None:
    """10, 20, 40, … 300, 300 seconds."""
    breaker, now, waits = Breaker(), 100.0, []
    fail(breaker, 5, now)
    for _ in range(7):
        waits.append(breaker.blocked_s(now))
        now += waits[-1]
        fail(breaker, 1, now)

    assert [round(w) for w in waits] == [10, 20, 40, 80, 160, 300, 300]


def test_old_tickets_say_nothing() -> None:
    """An answer to a request from before the opening does not close the breaker."""
    breaker = Breaker()
    old = breaker.enter()
    fail(breaker, 5, 100.0)

    breaker.succeeded(old, 101.0)

    assert breaker.is_open


def test_a_pause_is_no_failure_and_has_a_cap() -> None:
    """A parked deployment is left alone, for five minutes at most, with its breaker closed."""
    breaker = Breaker()

    breaker.park(100.0, 1e9)

    assert breaker.blocked_s(100.0) == 300.0
    assert not breaker.is_open
