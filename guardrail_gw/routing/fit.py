"""Which deployments can do what a request needs, as far as anybody says. Pure.

    stated, or nobody says anything       fits
    others are stated and this is not     doubted: asked after all that fit
    the operator denies it                out
    longer than the context for certain   out; perhaps longer: doubted

Unknown is no `no`: a server of one's own that nobody described goes on to be asked.
"""

from collections.abc import Iterable
from typing import Final

from guardrail_gw.core.ability import Abilities, Ability, Needs
from guardrail_gw.core.deployment import Deployment, Rejection
from guardrail_gw.core.reason import UNFIT, Reason

REASONS: Final = {ability: Reason(f"routing.{ability}") for ability in Ability}
"""What lacks -> why somebody is out."""
_WORDS: Final = {
    Reason.TOOLS: "calls tools",
    Reason.IMAGE: "reads images",
    Reason.AUDIO: "hears audio",
    Reason.STRUCTURED_OUTPUT: "answers by a JSON schema",
    Reason.STREAMING: "streams",
}


def unfit(deployment: Deployment, needs: Needs) -> Rejection | None:
    """Why a deployment cannot do it, if that is certain."""
    known = deployment.abilities
    if denied := known.denied & needs.abilities:
        lacking = min(denied)
        return Rejection(
            deployment=deployment.id,
            reason=REASONS[lacking],
            detail=f"the configuration says that it cannot: {lacking}",
        )
    if known.context is not None and needs.read_least > known.context:
        detail = f"it reads {known.context} tokens, and this is {needs.read_least} at least"
        return Rejection(deployment=deployment.id, reason=Reason.CONTEXT, detail=detail)
    if known.output_limit is not None and needs.written > known.output_limit:
        detail = f"it writes {known.output_limit} tokens, and {needs.written} are asked for"
        return Rejection(deployment=deployment.id, reason=Reason.OUTPUT, detail=detail)
    return None


def doubts(known: Abilities, needs: Needs) -> tuple[Reason, ...]:
    """What of it a deployment may not be able to do."""
    found = [REASONS[ability] for ability in sorted(known.doubted & needs.abilities)]
    if known.context is not None and needs.read_most + needs.written > known.context:
        found.append(Reason.CONTEXT)
    if known.output is not None and needs.written > known.output and known.output_limit is None:
        found.append(Reason.OUTPUT)
    return tuple(found)


def unknown(known: Abilities, needs: Needs) -> tuple[Ability, ...]:
    """What is needed and nobody says anything of."""
    said = known.stated | known.doubted | known.denied
    return tuple(sorted(needs.abilities - said - {Ability.STREAMING}))


def lacking(rejections: Iterable[Rejection]) -> str:
    """In words what nobody has, from why each is out; nothing if anybody is out for other reasons.

    Nothing in it was written by a person.
    """
    reasons = {each.reason for each in rejections}
    if not reasons or not reasons <= UNFIT:
        return ""
    if reasons == {Reason.CONTEXT}:
        return "reads a request that long"
    if reasons == {Reason.OUTPUT}:
        return "writes an answer as long as is asked for"
    words = [text for reason, text in _WORDS.items() if reason in reasons]
    longer = {
        Reason.CONTEXT: "reads a request that long",
        Reason.OUTPUT: "writes so long an answer",
    }
    words += [text for reason, text in longer.items() if reason in reasons]
    return " and ".join(words)
