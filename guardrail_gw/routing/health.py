"""What one worker knows of each deployment: whether it works, how fast, what room it has. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.reason import Reason
from guardrail_gw.routing.breaker import Breaker
from guardrail_gw.routing.chance import draws
from guardrail_gw.routing.headroom import Headroom
from guardrail_gw.routing.pace import Pace

_SLOWLY: Final = 0x5DEECE66D
"""Makes the draw of a slow start independent of that of an objective."""


@dataclass(slots=True)
class Health:
    """Of one deployment; one record each, however many requests there are."""

    breaker: Breaker
    pace: Pace = field(default_factory=Pace)
    headroom: Headroom = field(default_factory=Headroom)
    in_flight: int = 0
    """Attempts that are under way."""

    @property
    def is_open(self) -> bool:
        """Whether its breaker is not closed."""
        return self.breaker.is_open

    @property
    def changes(self) -> Mapping[str, int]:
        """State of its breaker -> how often it came into it."""
        return {state.value: count for state, count in sorted(self.breaker.changes.items())}

    def first_token_s(self, now_s: float) -> float | None:
        """How long the first token of a stream is expected to take; None: nobody knows."""
        return self.pace.first.read(now_s)

    def began(self, tokens: int, now_s: float) -> None:
        """An attempt with a request of so many tokens is under way."""
        self.in_flight += 1
        self.headroom.took(tokens, now_s)

    def answered(self, took_s: float, now_s: float, *, stream: bool) -> None:
        """An answer has begun, or is here as a whole; or was waited for in vain."""
        self.pace.began(took_s, now_s, stream=stream)

    def left(self) -> None:
        """An attempt has ended, however it did."""
        self.in_flight -= 1

    def shown(self, now_s: float) -> dict[str, object]:
        """All of it, for people: names of states and numbers."""
        breaker, pace = self.breaker, self.pace
        times = {"first_token_s": pace.first, "token_s": pace.token, "whole_s": pace.whole}
        return {
            "breaker": breaker.state.value,
            "blocked_s": round(breaker.blocked_s(now_s), 3),
            "failing": round(breaker.failing(now_s), 3),
            "slow_start": round(breaker.warmth(now_s), 3),
            "changes": dict(self.changes),
            "in_flight": self.in_flight,
            **{name: rounded(time.read(now_s)) for name, time in times.items()},
            "headroom": self.headroom.shown(now_s),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who is left alone now, and who is asked after the others."""

    blocked_s: Mapping[str, float]
    """Deployment -> seconds until it may be asked."""
    later: Mapping[str, Reason]


WELL: Final = Standing(blocked_s={}, later={})


def standing(
    deployments: Sequence[Deployment],
    known: Mapping[str, Health],
    *,
    tokens: int,
    now_s: float,
    seed: Callable[[], int],
) -> Standing:
    """Say who is not well.

    Args:
        deployments: who may be asked.
        known: deployment -> what is known of it; nothing of one that was never asked.
        tokens: how long the request is.
        now_s: the time, in seconds that never go back.
        seed: gives chance, for those that have just recovered; asked where somebody is not well.
    """
    restless = [
        (each, health)
        for each in deployments
        if (health := known.get(each.id)) is not None
        and (health.headroom.least < tokens or not health.breaker.is_calm)
    ]
    if not restless:
        return WELL
    later = {
        each.id: Reason.HEADROOM
        for each, health in restless
        if health.headroom.wait_s(tokens, now_s) > 0.0
    }
    ill = [(each, health.breaker) for each, health in restless if not health.breaker.calm(now_s)]
    waits = ((each.id, breaker.blocked_s(now_s)) for each, breaker in ill)
    if ill:
        best = _best(deployments, known, now_s)
        later |= _behind(ill, best, now_s, seed() ^ _SLOWLY)
    return Standing(blocked_s={name: wait for name, wait in waits if wait > 0.0}, later=later)


def _best(deployments: Sequence[Deployment], known: Mapping[str, Health], now_s: float) -> float:
    """The least share of failures; whoever was never asked has none."""
    asked = [known[each.id] for each in deployments if each.id in known]
    if len(asked) < len(deployments):
        return 0.0
    return min(health.breaker.failing(now_s) for health in asked)


def _behind(
    restless: Iterable[tuple[Deployment, Breaker]], best: float, now_s: float, seed: int
) -> Iterator[tuple[str, Reason]]:
    """Who comes after others for what has happened there; `best` is the least share of failures."""
    for each, breaker in restless:
        if breaker.warmth(now_s) < draws(seed, (each.mark,))[0]:
            yield each.id, Reason.SLOW_START
        elif breaker.failing(now_s) >= max(breaker.limits.outlier_share, 2.0 * best):
            yield each.id, Reason.OUTLIER


def rounded(value: float | None) -> float | None:
    """A time for people, to a tenth of a millisecond."""
    return None if value is None else round(value, 4)
