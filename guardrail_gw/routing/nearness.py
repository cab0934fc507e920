"""How near deployments are: whose zone is the gateway's, and how long connecting takes. Pure.

It decides between those that are equal in everything else, and takes nobody in or out.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from math import frexp
from typing import Final

from guardrail_gw.core.deployment import Deployment

_WEIGHT: Final = 0.3
"""Of the newest time; connections are made seldom, so that few of them have to tell."""
_FINEST: Final = -10
"""Powers of two: times below 2 ** -10 s, about a millisecond, are all the same."""
_SLACK: Final = 1.25
"""A time has to leave its step by so much before its deployment changes places."""


class Nearness:
    """What one worker knows of the way to its deployments."""

    def __init__(self, zone: str = "") -> None:
        """Know of nobody yet.

        Args:
            zone: the gateway's own; empty: nobody said, and none is preferred.
        """
        self.zone = zone
        self.version = 0
        """Rises when somebody may change places."""
        self._times: dict[str, float] = {}
        self._steps: dict[str, int] = {}

    def took(self, deployment: str, seconds: float) -> None:
        """A connection was made, TCP and TLS, in so many seconds."""
        known = self._times.get(deployment)
        time_s = seconds if known is None else known + _WEIGHT * (seconds - known)
        self._times[deployment] = time_s
        step = self._steps.get(deployment)
        if step is None or not _is_within(time_s, step):
            self._steps[deployment] = max(frexp(time_s)[1], _FINEST)
            self.version += 1

    @property
    def times(self) -> Mapping[str, float]:
        """Deployment -> how long connecting is expected to take, in seconds; those measured."""
        return self._times

    def is_here(self, deployment: Deployment) -> bool:
        """Whether it is in the gateway's own zone, as far as anybody says."""
        return bool(self.zone) and deployment.zone == self.zone

    def here(self, deployments: Sequence[Deployment]) -> frozenset[str]:
        """Those in the gateway's own zone."""
        return frozenset(d.id for d in deployments if self.is_here(d)) if self.zone else frozenset()

    def ranked(
        self, deployments: Sequence[Deployment]
    ) -> tuple[Sequence[Deployment], Mapping[str, float]]:
        """Put the nearest of equals first.

        Times count where each of the equals has one, to a factor of two; else they stay as they
        are.

        Args:
            deployments: the cheapest first.

        Returns:
            The cheapest first; of equals those of our zone, then the one that is reached soonest.
            And the times of those that are ordered by them, in seconds.
        """
        if not self.zone and not self._steps:
            return deployments, {}
        found, times = list[Deployment](), dict[str, float]()
        for _, run in groupby(sorted(deployments, key=self._equal), self._equal):
            equals = list(run)
            if len(equals) > 1 and all(each.id in self._steps for each in equals):
                equals.sort(key=lambda each: self._steps[each.id])
                times.update((each.id, self._times[each.id]) for each in equals)
            found += equals
        return found, times

    def _equal(self, deployment: Deployment) -> tuple[float, bool]:
        return deployment.rank_usd, not self.is_here(deployment)


def _is_within(time_s: float, step: int) -> bool:
    """Whether a time still belongs to a step: from half of 2 ** step, or from 0, to that."""
    least = 0.0 if step == _FINEST else 2.0 ** (step - 1) / _SLACK
    return least <= time_s < 2.0**step * _SLACK
