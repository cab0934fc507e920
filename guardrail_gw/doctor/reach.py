"""Which hosts are tried, and what came of it. A host nobody may be sent to is never contacted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from guardrail_gw.core.deployment import Deployment
from guardrail_gw.doctor.check import Check, Verdict
from guardrail_gw.policy.policy import Policy

SLOW_MS: Final = 500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Whether a deployment's host is connected to."""

    deployment: str
    base_url: str
    refused: str = ""
    """Why it is not; empty: it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One connection; nothing was sent over it but what TLS says to begin with."""

    took_ms: float = 0.0
    problem: str = ""
    """`no such name`, `refused`, `in time`, `certificate`, … ; empty: it was made."""


def choose(
    deployments: Mapping[str, Deployment], policies: Iterable[Policy], now_us: int
) -> list[Chosen]:
    """Say of each deployment whether its host may be connected to.

    It may where the policy of some caller lets a request go there in which everything was found:
    then all its residency rules bind. Without a policy nobody may be.

    Args:
        deployments: by their ids.
        policies: of every caller at every surface.
        now_us: by which contracts end.
    """
    every = tuple(policies)
    return [
        Chosen(deployment=each.id, base_url=each.base_url, refused=_refused(each, every, now_us))
        for each in deployments.values()
    ]


def _refused(deployment: Deployment, policies: tuple[Policy, ...], now_us: int) -> str:
    if (term := deployment.lapsed(now_us)) is not None:
        return str(term)
    if not (deployment.inference and deployment.storage):
        return "where it runs or stores is unknown"
    for policy in policies:
        if all(r.admits(deployment.inference, deployment.storage) for r in policy.residency):
            return ""
    return "no policy lets personal data go there" if policies else "no policy is in force"


def judge(chosen: Chosen, tried: Tried | None) -> Check:
    """One line for a deployment.

    Args:
        chosen: whether it was to be tried.
        tried: what came of it; None: it was not tried.
    """
    name = f"reach {chosen.deployment}"
    if chosen.refused:
        said = f"not contacted: {chosen.refused}"
        return Check(name=name, verdict=Verdict.NOT_TESTED, said=said)
    if tried is None:
        return Check(name=name, verdict=Verdict.NOT_TESTED, said="not contacted")
    if tried.problem:
        return Check(
            name=name,
            verdict=Verdict.WARN,
            said=f"no connection: {tried.problem}",
            advice="look at DNS, egress rules and the provider's status page",
        )
    slow = tried.took_ms >= SLOW_MS
    return Check(
        name=name,
        verdict=Verdict.WARN if slow else Verdict.OK,
        said=f"connected in {tried.took_ms:.0f} ms",
        advice="far away or overloaded: first answers wait for it" if slow else "",
    )


def judge_models(models: Mapping[str, Iterable[str]], reached: Iterable[str]) -> Check:
    """Whether every virtual model has somebody who may be asked and can be reached.

    Args:
        models: virtual model -> its deployments.
        reached: deployments that were connected to.
    """
    there = frozenset(reached)
    without = [name for name, deployments in models.items() if there.isdisjoint(deployments)]
    if not without:
        said = f"each of {len(models)} model(s) has a lawful deployment that answers"
        return Check(name="reach", verdict=Verdict.OK, said=said)
    return Check(
        name="reach",
        verdict=Verdict.FAIL,
        said=f"nobody lawful is reached for {', '.join(sorted(without))}",
        advice="requests with personal data for it get 451 or 502: see the deployments below",
    )
