"""In which order the lawful deployments are tried: those that can do it and are well, by objective.

lawful ─▶ fits? ─▶ left alone? ─▶ classes: no doubt, well, the client's dialect ─▶ score, cost
          unfit     blocked
"""

from collections.abc import Mapping, Sequence
from typing import Final

from guardrail_gw.core.ability import NOTHING, Needs
from guardrail_gw.core.deployment import Deployment, Rejection
from guardrail_gw.core.objective import Objective
from guardrail_gw.core.plan import Plan
from guardrail_gw.core.reason import Reason
from guardrail_gw.routing.groups import Grouped, Groups
from guardrail_gw.routing.health import WELL, Standing
from guardrail_gw.routing.rank import BY_COST_ALONE, Judge

BREAKER_OPEN: Final = Reason.BREAKER_OPEN

_LATER: Final = 2
"""Between doubts and a foreign dialect, whose classes `groups` has."""


def plan(  # noqa: PLR0913 - what decides, each by name
    lawful: Sequence[Deployment],
    needs: Needs = NOTHING,
    *,
    standing: Standing = WELL,
    judge: Judge = BY_COST_ALONE,
    dialect: str | None = None,
    kept: Grouped | None = None,
) -> Plan:
    """Order deployments; those that cannot do it or are left alone are out.

    Args:
        lawful: in configured order, which decides between equals.
        needs: what the request needs; whoever may not have it comes after all others.
        standing: who is left alone now, and who is asked after the others.
        judge: ranks the rest.
        dialect: the client's. By cost, whoever speaks it is asked before those for whom the
            request has to be translated, which can lose some of it; not where the operator prefers
            somebody.
        kept: what was worked out for earlier requests.
    """
    objective = judge.ranking.objective
    by_cost = objective is Objective.COST and not judge.ranking.prefers
    groups = (kept or Grouped()).of(lawful, needs, dialect if by_cost else None)
    if by_cost and standing is WELL:  # as a rule: the same object for every such request
        return groups.by_cost
    order, scores = list[Deployment](), list[float]()
    for each in _present(groups, standing):
        ranked, points = judge.ranked(each)
        order += ranked
        scores += points
    blocked_s = standing.blocked_s
    out = tuple(blocked(d, blocked_s[d.id]) for d in lawful if d.id in blocked_s)
    unfit = {each.deployment for each in groups.rejections}
    left_alone = tuple(each for each in out if each.deployment not in unfit) if out else out
    return Plan(
        objective=objective,
        order=tuple(order),
        scores=tuple(scores),
        doubts=_doubts(groups, standing),
        near=groups.near,
        connect_s=groups.connect_s,
        rejections=groups.rejections + left_alone,
        bounds=groups.by_cost.bounds,
        retry_after_s=min((blocked_s[r.deployment] for r in left_alone), default=None),
    )


def _present(groups: Groups, standing: Standing) -> Sequence[Sequence[Deployment]]:
    """Who is asked, class by class."""
    blocked_s, later = standing.blocked_s, standing.later
    if not blocked_s and not later:
        return [members for _, members in groups.members]
    classes = dict[int, list[Deployment]]()
    for class_, members in groups.members:
        for each in members:
            if each.id not in blocked_s:
                behind = _LATER if each.id in later else 0
                classes.setdefault(class_ + behind, []).append(each)
    return [classes[class_] for class_ in sorted(classes)]


def _doubts(groups: Groups, standing: Standing) -> Mapping[str, tuple[Reason, ...]]:
    """Why each comes after others."""
    if not standing.later:
        return groups.doubts
    asked = set(groups.ids) - standing.blocked_s.keys()
    also = {
        name: (*groups.doubts.get(name, ()), why)
        for name, why in standing.later.items()
        if name in asked
    }
    return {**groups.doubts, **also}


def blocked(deployment: Deployment, wait_s: float) -> Rejection:
    """Say that a deployment is left alone for now."""
    return Rejection(
        deployment=deployment.id,
        reason=BREAKER_OPEN,
        detail=f"it failed or asked for a pause; next try in {wait_s:.1f} s",
    )
