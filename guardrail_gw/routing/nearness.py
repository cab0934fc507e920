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

    def order(self, deployments: Sequence[Deployment]) -> list[Deployment]:
        """The cheapest first; of equals those of our zone, then the one that is reached soonest.

        Times count where each of the equals has one, to a factor of two; else they stay as they
        are.
        """
        key = self._equal
        found = list[Deployment]()
        for _, run in groupby(sorted(deployments, key=key), key):
            equals = list(run)
            if self.tells(equals):
                equals.sort(key=lambda each: self._steps[each.id])
            found += equals
        return found

    def told(self, deployments: Sequence[Deployment]) -> dict[str, float]:
        """Deployment -> the time by which it is ranked among its equals; those that have any."""
        key = self._equal
        runs = (list(run) for _, run in groupby(sorted(deployments, key=key), key))
        return {each.id: self._times[each.id] for run in runs if self.tells(run) for each in run}

    def tells(self, equals: Sequence[Deployment]) -> bool:
        """Whether the times of these decide their order."""
        return len(equals) > 1 and all(each.id in self._steps for each in equals)

    def _equal(self, deployment: Deployment) -> tuple[float, bool]:
        return deployment.rank_usd, not self.is_here(deployment)


def _is_within(time_s: float, step: int) -> bool:
    """Whether a time still belongs to a step: from half of 2 ** step, or from 0, to that."""
    least = 0.0 if step == _FINEST else 2.0 ** (step - 1) / _SLACK
    return least <= time_s < 2.0**step * _SLACK
