"""What each objective makes of deployments: numbers of which less is better. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, inf, log
from typing import Final

from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.objective import BY_COST, Objective, Ranking
from guardrail_gw.routing.chance import draws
from guardrail_gw.routing.health import Health
from guardrail_gw.routing.pace import TAU_S

_WAITING: Final = 1e6
"""Nobody has answered yet whom we have asked: before whoever is known to take longer than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """By what one request ranks."""

    ranking: Ranking = BY_COST
    seed: int = 0
    """Chance, or what the requests have in common that go to the same deployment; 64 bits."""
    known: Mapping[str, Health] = field(default_factory=dict)
    """Deployment -> what is known of it."""
    now_s: float = 0.0
    stream: bool = False

    def ranked(
        self, deployments: Sequence[Deployment]
    ) -> tuple[Sequence[Deployment], Sequence[float]]:
        """Them, the best first, and the score of each; equals stay in their order.

        Those that are preferred come before the others, both by the objective.
        """
        if not self.ranking.prefers:
            return self._ranked(deployments)
        first, others = list[Deployment](), list[Deployment]()
        for each in deployments:
            (first if self.ranking.preferred(each) else others).append(each)
        order, scores = self._ranked(first)
        then, their = self._ranked(others)
        return [*order, *then], [*scores, *their]

    def _ranked(
        self, deployments: Sequence[Deployment]
    ) -> tuple[Sequence[Deployment], Sequence[float]]:
        objective = self.ranking.objective
        scores = _SCORES[objective](self, deployments)
        if objective is Objective.COST:  # as they come
            return deployments, scores
        places = sorted(range(len(scores)), key=scores.__getitem__)
        if objective is Objective.LEAST_BUSY:
            return _less_busy(self, [deployments[place] for place in places])
        return [deployments[place] for place in places], [scores[place] for place in places]


BY_COST_ALONE: Final = Judge()


def _less_busy(
    judge: Judge, drawn: list[Deployment]
) -> tuple[Sequence[Deployment], Sequence[float]]:
    """Of the first two, whom chance picked, the less busy first.

    Source: M. Mitzenmacher, "The power of two choices in randomized load balancing" (2001).
    """
    known = judge.known
    busy = [0.0 if (h := known.get(each.id)) is None else float(h.in_flight) for each in drawn]
    if len(drawn) > 1 and busy[1] < busy[0]:
        drawn[:2] = reversed(drawn[:2])
        busy[:2] = reversed(busy[:2])
    return drawn, busy


def _cost(_: Judge, deployments: Sequence[Deployment]) -> list[float]:
    """US dollars for a million tokens of either kind."""
    return [each.rank_usd for each in deployments]


def _latency(judge: Judge, deployments: Sequence[Deployment]) -> list[float]:
    """Seconds until an answer is expected, times how many wait there.

    Whoever was never measured is asked first, by one request at a time.
    """
    get, now_s, stream, scores = judge.known.get, judge.now_s, judge.stream, list[float]()
    for each in deployments:
        health = get(each.id)
        if health is None:
            scores.append(0.0)
            continue
        pace, waiting = health.pace, health.in_flight
        if pace.at_s is None:
            scores.append(_WAITING * waiting)
            continue
        then_s = pace.stream_s if stream else pace.whole_s
        scores.append(then_s * exp((pace.at_s - now_s) / TAU_S) * (waiting + 1))
    return scores


def _weighted(judge: Judge, deployments: Sequence[Deployment]) -> list[float]:
    """The first by chance in proportion to its weight, then the next among the others.

    Source: P. Efraimidis and P. Spirakis, "Weighted random sampling with a reservoir" (2006).
    """
    weight = judge.ranking.weights.get
    drawn = zip(deployments, _drawn(judge, deployments), strict=True)
    return [-log(chance) / w if (w := weight(each.id, 1)) else inf for each, chance in drawn]


def _drawn(judge: Judge, deployments: Sequence[Deployment]) -> list[float]:
    """By chance; or by what requests have in common, by the highest random weight.

    Source: D. Thaler and C. Ravishankar, "Using name-based mappings to increase hit rates" (1998).
    """
    return draws(judge.seed, [each.mark for each in deployments])


def _quality(_: Judge, deployments: Sequence[Deployment]) -> list[float]:
    """The class, the strongest least; one without a class comes last."""
    return [-float(each.quality) for each in deployments]


_SCORES: Final[Mapping[Objective, Callable[[Judge, Sequence[Deployment]], list[float]]]] = {
    Objective.COST: _cost,
    Objective.LATENCY: _latency,
    Objective.WEIGHTED: _weighted,
    Objective.LEAST_BUSY: _drawn,
    Objective.QUALITY: _quality,
    Objective.STICKY: _drawn,
    Objective.SEMANTIC: _cost,  # of a request without a class
}
