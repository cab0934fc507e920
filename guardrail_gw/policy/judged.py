"""The conditions of a folder asked of one request, as an explanation tells it."""

from guardrail_gw.errors import PolicyDown
from guardrail_gw.policy.circumstances import Circumstances
from guardrail_gw.policy.condition import Condition, Judgement
from guardrail_gw.policy.explanation import Facts
from guardrail_gw.policy.found import counted
from guardrail_gw.policy.policy import Policy
from guardrail_gw.policy.ruling import after_looking, on_arrival
from guardrail_gw.policy.source import PolicySet


def obeyed(policies: PolicySet, facts: Facts) -> Policy | None:
    """The policy of a request that is told by facts; None: none is for it, so nothing passes."""
    try:
        policy = policies.resolved(facts.tenant, facts.team, facts.surface)
    except PolicyDown:
        return None
    if not policy.conditional:
        return policy
    circumstances = facts.circumstances
    policy = on_arrival(policy, circumstances)
    return after_looking(policy, circumstances, lambda each: counted(each, facts.found))


def judgement_of(document: str, policy: Policy) -> Judgement:
    """What the condition of a document that matches came to, as the policy shows it."""
    if document in policy.unsure:
        return Judgement.UNSURE
    return Judgement.HOLDS if document in policy.documents else Judgement.FAILS


def because_of(condition: Condition, judged: Judgement, circumstances: Circumstances) -> str:
    """Why a document whose `match` holds counts, or does not."""
    if judged is Judgement.HOLDS:
        return f"every line of match holds, and so does `when`: {condition.said}"
    if judged is Judgement.FAILS:
        return f"`when` does not hold: {condition.said}"
    missing = ", ".join(condition.unknown(circumstances))
    why = f"not known: {missing}" if missing else "it cannot be judged"
    return f"`when` counts as if it held, for {why}: {condition.said}"
