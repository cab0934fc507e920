"""What of a plan holds for many requests: who can do it, who is in doubt, who is cheapest. Pure.

Requests of one model come with few different needs, and mostly find the same lawful deployments; so
this is worked out once for each, and a plan only looks at how everybody is now.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from guardrail_gw.core.ability import Needs
from guardrail_gw.core.deployment import Deployment, Rejection
from guardrail_gw.core.plan import Bounds, Plan
from guardrail_gw.core.reason import Reason
from guardrail_gw.routing.fit import doubts, unfit
from guardrail_gw.routing.nearness import Nearness

DOUBTED: Final = 4
FOREIGN: Final = 1
"""Classes add up; less is asked first."""

_MOST: Final = 256
_Key = tuple[tuple[int, ...], frozenset[object], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The deployments that fit, by class, each class cheapest first, of equals the nearest."""

    lawful: tuple[Deployment, ...]
    members: tuple[tuple[int, tuple[Deployment, ...]], ...]
    """Class and deployments."""
    doubts: Mapping[str, tuple[Reason, ...]]
    rejections: tuple[Rejection, ...]
    ids: tuple[str, ...]
    """Of those that fit."""
    near: frozenset[str]
    """Those in the gateway's own zone."""
    connect_s: Mapping[str, float]
    """Deployment -> the time to connect by which it is ranked among equals, if it is."""
    shortest: float
    """A request no longer than this, in tokens, with its answer, is too long for nobody."""
    fewest: float
    """An answer no longer than this is too long for nobody."""
    by_cost: Plan
    """Where cost decides, and everybody is well."""

    def hold(self, needs: Needs) -> bool:
        """Whether they are the same for a request that asks the same of models."""
        length = needs.read_most + needs.written
        return length <= self.shortest and needs.written <= self.fewest


def grouped(
    lawful: Sequence[Deployment], needs: Needs, native: str | None, nearness: Nearness
) -> Groups:
    """Sort out who fits.

    Args:
        lawful: in configured order.
        needs: what the request needs.
        native: the dialect that is asked first; None: it does not matter.
        nearness: decides between equals.
    """
    unsure, out = dict[str, tuple[Reason, ...]](), list[Rejection]()
    classes = dict[int, list[Deployment]]()
    for each in sorted(lawful, key=lambda d: d.rank_usd):
        if rejection := unfit(each, needs):
            out.append(rejection)
            continue
        if found := doubts(each.abilities, needs):
            unsure[each.id] = found
        foreign = FOREIGN if native is not None and not each.speaks(native) else 0
        classes.setdefault((DOUBTED if found else 0) + foreign, []).append(each)
    ranked = {class_: nearness.ranked(classes[class_]) for class_ in sorted(classes)}
    members = tuple((class_, tuple(order)) for class_, (order, _) in ranked.items())
    order = tuple(each for _, group in members for each in group)
    near = frozenset().union(*(nearness.here(group) for _, group in members))
    connect_s = {name: s for _, times in ranked.values() for name, s in times.items()}
    known = [each.abilities for each in lawful]
    written = (least for k in known for least in (k.output, k.output_limit) if least is not None)
    return Groups(
        lawful=tuple(lawful),
        members=members,
        doubts=unsure,
        rejections=tuple(out),
        ids=tuple(each.id for each in order),
        near=near,
        connect_s=connect_s,
        shortest=min((k.context for k in known if k.context is not None), default=math.inf),
        fewest=min(written, default=math.inf),
        by_cost=Plan(
            order=order,
            scores=tuple(each.rank_usd for each in order),
            doubts=unsure,
            near=near,
            connect_s=connect_s,
            rejections=tuple(out),
        ),
    )


@dataclass(slots=True)
class Grouped:
    """Groups that were worked out already, as many as there is room for."""

    nearness: Nearness = field(default_factory=Nearness)
    """Decides between equals."""
    bounds: Bounds | None = None
    """In force for whoever is asked."""
    _kept: dict[_Key, Groups] = field(default_factory=dict)
    _version: int = 0
    """Of what was known of nearness."""

    @property
    def size(self) -> int:
        """How many are kept."""
        return len(self._kept)

    def of(self, lawful: Sequence[Deployment], needs: Needs, native: str | None) -> Groups:
        """As `grouped`; what is kept holds its deployments, so that nobody else has their ids."""
        if self._version != self.nearness.version:
            self._version = self.nearness.version
            self._kept.clear()
        key = (tuple(map(id, lawful)), needs.abilities, native)
        kept = self._kept.get(key)
        if kept is not None and kept.hold(needs):
            return kept
        found = grouped(lawful, needs, native, self.nearness)
        found = replace(found, by_cost=replace(found.by_cost, bounds=self.bounds))
        if found.hold(needs):
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[key] = found
        return found
