"""One timer for a connection's life, on a clock that the test moves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from guardrail_gw.upstreams.protocol import Protocol


@dataclass(slots=True)
class Timer:
    """A timer of the clock."""

    when_s: float
    call: Callable[[], None]
    is_cancelled: bool = False

    def cancel(self) -> None:
        """Never fire."""
        self.is_cancelled = True


@dataclass(slots=True)
class Clock:
    """The event loop, as far as a protocol looks at it."""

    now_s: float = 0.0
    made: list[Timer] = field(default_factory=list)

    def time(self) -> float:
        """Now."""
        return self.now_s

    def call_at(self, when_s: float, call: Callable[[], None]) -> Timer:
        """Make a timer."""
        self.made.append(Timer(when_s, call))
        return self.made[-1]

    @property
    def running(self) -> list[Timer]:
        """Those that will fire."""
        return [timer for timer in self.made if not timer.is_cancelled]

    def move(self, to_s: float) -> None:
        """Let time pass; timers fire on the way."""
        while due := [timer for timer in self.running if timer.when_s <= to_s]:
            first = min(due, key=lambda timer: timer.when_s)
            self.now_s, first.is_cancelled = first.when_s, True
            first.call()
        self.now_s = to_s


def waiting(clock: Clock, seconds: float) -> Protocol:
    """A protocol that waits for an answer, for so long."""
    protocol = Protocol(cast(Any, clock))
    protocol.read_timeout = seconds
    protocol.start_timeout()
    return protocol


def test_silence_ends_the_wait_when_it_is_too_long() -> None:
    """A wait that began late ends later, and not when the timer first fires."""
    clock = Clock()
    protocol = waiting(clock, 5)

    clock.move(3)
    protocol.start_timeout()  # as every piece does
    clock.move(7.9)
    early = protocol.exception()
    clock.move(8)

    assert early is None
    assert isinstance(protocol.exception(), TimeoutError)


def test_many_waits_make_one_timer() -> None:
    """What ends in time costs no timer of its own."""
    clock = Clock()
    protocol = waiting(clock, 60)

    for second in range(50):
        clock.move(second)
        protocol.start_timeout()

    assert len(clock.made) == 1


def test_a_shorter_wait_moves_the_timer() -> None:
    """Silence in a body may be bounded more tightly than the wait for a head."""
    clock = Clock()
    protocol = waiting(clock, 60)

    protocol.read_timeout = 2
    protocol.start_timeout()
    clock.move(2)

    assert isinstance(protocol.exception(), TimeoutError)


@pytest.mark.parametrize("seconds", [None, 0])
def test_no_bound_means_no_end(seconds: float | None) -> None:
    """Without a timeout silence lasts as long as it lasts."""
    clock = Clock()
    protocol = waiting(clock, 5)

    protocol.read_timeout = seconds
    protocol.start_timeout()
    clock.move(100)

    assert protocol.exception() is None
    assert clock.running == []


def test_a_connection_in_the_pool_waits_for_nothing() -> None:
    """After an answer the timer fires for nothing, once, and is not made anew."""
    clock = Clock()
    protocol = waiting(clock, 5)

    protocol.eof_received()  # one way in which a wait ends
    clock.move(100)

    assert protocol.exception() is None
    assert (len(clock.made), clock.running) == (1, [])


def test_a_lost_connection_keeps_no_timer() -> None:
    """Nothing of a connection stays behind in the event loop."""
    clock = Clock()
    protocol = waiting(clock, 5)

    protocol.connection_lost(None)

    assert clock.running == []
