"""Circuit breakers: a deployment that keeps failing is left alone for a while.

    closed ──5 failures in a row, or half of 20 in 30 s──▶ open ──10 s, 20 s, … 300 s──▶ half-open
       ▲                                                    ▲                               │
       └───────────────── the probe is answered ────────────┴──── the probe fails ──────────┘

Pure: the caller says what time it is, in seconds that never go back.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

_SLACK_S: Final = 0.005  # timers may fire a few milliseconds early
_PROBE_WAIT_S: Final = 1.0  # how long a probe takes is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerLimits:
    """When to open, and for how long."""

    consecutive: int = 5
    window_s: int = 30
    window_calls: int = 20
    """Fewer calls than this within the window prove nothing."""
    window_share: float = 0.5
    open_s: float = 10.0
    open_max_s: float = 300.0
    slow_start_s: float = 30.0
    """For so long one that has recovered gets less than its share."""
    outlier_calls: int = 10
    outlier_share: float = 0.3
    """Whoever fails so often, and at least twice as often as the best of the others, is an
    outlier."""
    park_max_s: float = 300.0


class BreakerState(StrEnum):
    """Which of three it is in."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


# an enum's member looked up in its class takes as long as a call
_CLOSED: Final = BreakerState.CLOSED
_OPEN: Final = BreakerState.OPEN
_HALF_OPEN: Final = BreakerState.HALF_OPEN
_FIRST_SHARE: Final = 0.1
"""Of what it would get otherwise, for one that has just recovered."""


@dataclass(slots=True)
class _Second:
    """What happened within one second."""

    at: int
    calls: int = 0
    failures: int = 0


@dataclass(slots=True)
class Breaker:
    """The state of one deployment.

    `enter` gives a ticket; `succeeded`, `failed`, `rejected` or `abandoned` gives it back. A ticket
    from before the breaker opened says nothing about now, so it is ignored.
    """

    limits: BreakerLimits = field(default_factory=BreakerLimits)
    _state: BreakerState = _CLOSED
    _ticket: int = 0
    _in_a_row: int = 0
    _openings: int = 0
    _open_until: float = 0.0
    _parked_until: float = 0.0
    _parked_for: str = ""
    _probing: bool = False
    _seconds: deque[_Second] = field(default_factory=deque)
    _recovered_s: float | None = None
    is_calm: bool = True
    """Nothing has happened that could keep requests away, or put it behind others."""
    changes: dict[BreakerState, int] = field(default_factory=dict)
    """State -> how often it came into it."""

    @property
    def state(self) -> BreakerState:
        """Which it is in."""
        return self._state

    @property
    def is_open(self) -> bool:
        """Whether ordinary requests stay away (a probe may be under way)."""
        return self._state is not _CLOSED

    def blocked_s(self, now: float) -> float:
        """Seconds until a request may be sent; 0.0 is now."""
        wait = self._parked_until - now
        if self._state is _OPEN:
            wait = max(wait, self._open_until - now)
        elif self._state is _HALF_OPEN and self._probing:
            wait = max(wait, _PROBE_WAIT_S)
        return wait if wait > _SLACK_S else 0.0

    def enter(self) -> int:
        """Take a ticket, only while `blocked_s` is 0.0; an open breaker lets it in as a probe."""
        if self._state is _OPEN:
            self._become(_HALF_OPEN)
            self._ticket += 1
        self._probing = self._state is _HALF_OPEN
        return self._ticket

    def answered(self, ticket: int, now: float) -> None:
        """An answer has begun: a probe has done its work, though the ticket is still out."""
        if ticket == self._ticket and self._state is _HALF_OPEN:
            self._become(_CLOSED)
            self._recovered_s = now
            self._in_a_row = self._openings = 0
            self._probing = False
            self._seconds.clear()

    def succeeded(self, ticket: int, now: float) -> None:
        """The deployment did what was asked, or said clearly that the request is at fault."""
        if ticket != self._ticket:
            return
        self.answered(ticket, now)
        self._in_a_row = 0
        self._second(now).calls += 1

    def failed(self, ticket: int, now: float) -> None:
        """The deployment is at fault."""
        if ticket != self._ticket:
            return
        self.is_calm = False
        second = self._second(now)
        second.calls += 1
        second.failures += 1
        self._in_a_row += 1
        if self._state is _HALF_OPEN or self._is_too_much():
            self._open(now)

    def rejected(self, ticket: int, now: float) -> None:
        """The deployment does not take our key: asking again does not help."""
        if ticket == self._ticket:
            self._open(now)

    def abandoned(self, ticket: int) -> None:
        """We stopped asking: that says nothing, but a probe's place is free again."""
        if ticket == self._ticket:
            self._probing = False

    def park(self, now: float, seconds: float, result: str) -> None:
        """The deployment asked for a pause; that is no failure.

        Args:
            now: the time.
            seconds: how long it asked for.
            result: of the attempt, as in `core.exchange.Attempt.result`.
        """
        self.is_calm = False
        until = now + min(seconds, self.limits.park_max_s)
        if until > self._parked_until:
            self._parked_until, self._parked_for = until, result

    def paused_for(self, now: float) -> str | None:
        """What the attempt came to for which it is left alone; None if that is not a pause."""
        is_paused = self._state is _CLOSED and self.blocked_s(now) > 0.0
        return self._parked_for if is_paused else None

    def warmth(self, now: float) -> float:
        """Which share of what it would get otherwise it gets: 1.0 but after a recovery."""
        if self._recovered_s is None:
            return 1.0
        passed = (now - self._recovered_s) / self.limits.slow_start_s
        if passed >= 1.0:
            self._recovered_s = None
        return min(1.0, max(_FIRST_SHARE, passed))

    def failing(self, now: float) -> float:
        """Which share of its calls failed within the window; 0.0 where they prove nothing."""
        since = int(now) - self.limits.window_s
        recent = [s for s in self._seconds if s.at > since]
        calls = sum(s.calls for s in recent)
        return (
            sum(s.failures for s in recent) / calls if calls >= self.limits.outlier_calls else 0.0
        )

    def calm(self, now: float) -> bool:
        """Find out whether what has happened is over."""
        self.is_calm = (
            self._state is _CLOSED
            and self._recovered_s is None
            and self.blocked_s(now) <= 0.0
            and not any(s.failures for s in self._seconds if s.at > int(now) - self.limits.window_s)
        )
        return self.is_calm

    def _become(self, state: BreakerState) -> None:
        self._state = state
        self.changes[state] = self.changes.get(state, 0) + 1

    def _open(self, now: float) -> None:
        self.is_calm = False
        # 2**20 is far past the maximum; an unbounded exponent would end in an overflow.
        wait = self.limits.open_s * 2.0 ** min(self._openings, 20)
        self._open_until = now + min(wait, self.limits.open_max_s)
        self._openings += 1
        self._become(_OPEN)
        self._recovered_s = None
        self._ticket += 1
        self._probing = False
        self._in_a_row = 0
        self._seconds.clear()

    def _is_too_much(self) -> bool:
        limits = self.limits
        if self._in_a_row >= limits.consecutive:
            return True
        calls = sum(s.calls for s in self._seconds)
        failures = sum(s.failures for s in self._seconds)
        return calls >= limits.window_calls and failures >= limits.window_share * calls

    def _second(self, now: float) -> _Second:
        at, seconds = int(now), self._seconds
        if not seconds or seconds[-1].at != at:
            seconds.append(_Second(at))
            while seconds[0].at <= at - self.limits.window_s:
                seconds.popleft()
        return seconds[-1]
