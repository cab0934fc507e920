"""What all workers say, as what one gateway says: the probes ask here."""

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from prometheus_client import generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from guardrail_gw.observability.across import joined
from guardrail_gw.supervision.link import Link

PATIENCE_S: Final = 2.0
"""Whoever does not answer in that time cannot serve either."""
_ALL_OF: Final = ("checks",)
_ANY_OF: Final = ("policy_refused", "secrets_refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One worker, as the supervisor knows it."""

    worker: int
    pid: int | None
    link: Link | None
    """None while no process is there."""
    restarts: int
    is_ready: bool
    """Whether it has begun to serve."""


@dataclass(frozen=True, slots=True)
class Gathering:
    """Implements `server.probes.Probed`."""

    places: Callable[[], Sequence[Place]]
    is_well: Callable[[], bool]
    """Whether waiting makes sense: False means restart the whole."""

    async def live(self) -> bool:
        """Whoever serves answers, and has detectors that are looked after.

        A worker that has ended is replaced, and one that begins is waited for; one that hangs
        would be neither, and only a restart of the whole helps.
        """
        places = self.places()  # who begins to serve meanwhile was not asked
        said = await self._asked("live")
        return self.is_well() and all(said.get(p.worker) for p in places if p.is_ready)

    async def readiness(self) -> tuple[bool, Mapping[str, Any]]:
        """All safeguards of all workers."""
        places = self.places()
        said = await self._asked("readiness")
        answers = [said.get(place.worker) for place in places]
        known = [each for each in answers if each]
        well = len(known) == len(places) and all(each["ready"] for each in known)
        whole: dict[str, Any] = {"workers": len(places), "workers_ready": _ready(known)}
        return well, whole | _agreed(known, missing=len(places) - len(known))

    async def exposition(self) -> bytes:
        """Their metrics, joined, and the supervisor's own."""
        families = await self._asked("metrics")
        told = {worker: each for worker, each in families.items() if each}
        return generate_latest(_Given([*joined(told), *own(self.places())]))

    async def routing(self) -> Mapping[str, Any]:
        """What each knows: breakers and measured times are every worker's own."""
        said = await self._asked("routing")
        return {"workers": {str(worker): each for worker, each in said.items()}}

    async def workers(self) -> Mapping[str, Any]:
        """The processes."""
        said = await self._asked("process")
        return {
            "supervisor": os.getpid(),
            "workers": [
                {
                    "worker": place.worker,
                    "pid": place.pid,
                    "restarts": place.restarts,
                    "answers": said.get(place.worker) is not None,
                    **(said.get(place.worker) or {}),
                }
                for place in self.places()
            ],
        }

    async def _asked(self, what: str) -> dict[int, Any]:
        places = [place for place in self.places() if place.link is not None]
        said = await asyncio.gather(
            *(place.link.ask(what, PATIENCE_S) for place in places if place.link is not None)
        )
        return {place.worker: each for place, each in zip(places, said, strict=True)}


def own(places: Sequence[Place]) -> list[Metric]:
    """The supervisor's own families; docs/metrics.md describes each."""
    restarts = CounterMetricFamily(
        "guardrail_gw_worker_restarts", "Times that a worker was replaced", labels=["worker"]
    )
    for place in places:
        restarts.add_metric([str(place.worker)], place.restarts)
    serving = sum(place.is_ready for place in places)
    return [
        GaugeMetricFamily(
            "guardrail_gw_workers", "Workers that there should be", value=len(places)
        ),
        GaugeMetricFamily(
            "guardrail_gw_workers_serving", "Workers that have begun to serve", value=serving
        ),
        restarts,
    ]


def _ready(known: Sequence[Mapping[str, Any]]) -> int:
    return sum(bool(each["ready"]) for each in known)


def _agreed(known: Sequence[Mapping[str, Any]], *, missing: int) -> dict[str, Any]:
    """What all say; where they differ, a list of what they say."""
    names = [name for name in (known[0] if known else {}) if name not in ("ready", *_ALL_OF)]
    whole: dict[str, Any] = {
        "checks": {
            check: not missing and all(each["checks"][check] for each in known)
            for check in (known[0]["checks"] if known else ("accepting",))
        }
    }
    for name in names:
        values = [each.get(name) for each in known]
        if name in _ANY_OF:
            whole[name] = any(values)
        else:
            whole[name] = values[0] if len(set(values)) == 1 else sorted(set(values), key=str)
    return whole


@dataclass(frozen=True, slots=True)
class _Given:
    """What `generate_latest` takes for a registry."""

    families: Sequence[Metric]

    def collect(self) -> Iterator[Metric]:
        yield from self.families
