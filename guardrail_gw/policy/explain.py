"""What the policies say about one request, and why: data, for people and for `cases`.

The compiled values that decide here are those that decide on the way of a request.
"""

from collections.abc import Callable, Iterator, Set as AbstractSet
from enum import StrEnum

from guardrail_gw.core.feature import Feature
from guardrail_gw.core.text import Entity
from guardrail_gw.core.tool import ToolName
from guardrail_gw.policy.compile import Compiled
from guardrail_gw.policy.condition import Condition, Judgement
from guardrail_gw.policy.document import Opening
from guardrail_gw.policy.explanation import (
    Bound,
    Considered,
    Decided,
    Explanation,
    Facts,
    Judged,
    Outcome,
    Place,
    Voice,
)
from guardrail_gw.policy.found import code_rule, judged_found
from guardrail_gw.policy.judged import because_of, judgement_of, obeyed
from guardrail_gw.policy.policy import Action, OnViolation, Opened, Policy, ResidencyRule
from guardrail_gw.policy.source import PolicySet
from guardrail_gw.policy.tools_explain import DENY, ToolAsked, decided_tools


def explain(policies: PolicySet, facts: Facts) -> Explanation:
    """Say what is decided about a request, by which rule, and why the others did not decide."""
    policy = obeyed(policies, facts)
    documents = tuple(_considered(each, facts, policy) for each in policies.documents)
    if policy is None:
        return Explanation(
            outcome=Outcome.UNMATCHED,
            code="policy.unavailable",
            because="no policy matches this caller and endpoint, so nothing passes",
            documents=documents,
        )
    matching = tuple(d for d in policies.documents if d.id in policy.documents)
    entities, present = judged_found(policy, matching, facts.found)
    bound = tuple(r for r in policy.residency if r.binds(present, unscanned=facts.attachments))
    deployments = tuple(_judged(name, place, bound) for name, place in sorted(facts.places.items()))
    attachments = _attachments(policy, matching)
    held = facts.attachments or bool(present or bound)
    features = tuple(_feature(policy, matching, f) for f in sorted(facts.features) if held)
    surface = _surface(policy, matching, facts.surface)
    outcome, code, because = _outcome(
        facts, entities, attachments, features, _unlawful(bound, deployments)
    )
    tools = _tools(policy, matching, facts)
    if tools and tools[0].said == DENY:
        outcome, code, because = Outcome.BLOCK, "tools.denied", tools[0].because
    if surface is not None and surface.said == Opening.REFUSE:
        outcome, code = Outcome.BLOCK, "surface.not_served"
        because = f"{surface.rule} does not open {surface.subject}"
    return Explanation(
        outcome=outcome,
        code=code,
        because=because,
        documents=documents,
        entities=entities,
        source_code=_code(policy, matching),
        attachments=attachments,
        features=features,
        residency=tuple(_bound(r, present, unscanned=facts.attachments) for r in policy.residency),
        deployments=deployments,
        store=_store(policy, matching),
        cache=_cache(policy, matching),
        surface=surface,
        tools=tools,
        audit=_audit(policy, matching),
        durability=_durability(policy, matching),
    )


def _tools(policy: Policy, matching: tuple[Compiled, ...], facts: Facts) -> tuple[Decided, ...]:
    server, _, name = facts.tool.partition("/")
    if not server:
        return ()
    asked = ToolAsked(name=ToolName(server=server, name=name), kinds=facts.tool_kinds)
    return decided_tools(policy, matching, asked)


def _considered(document: Compiled, facts: Facts, policy: Policy | None) -> Considered:
    line = document.mismatch(facts.tenant, facts.team, facts.surface)
    if line is None and document.condition is not None:
        return _conditional(document, document.condition, facts, policy)
    if line is None:
        return Considered(document=document.id, matches=True, because="every line of match holds")
    globs = ", ".join(getattr(document.match, line))
    name = {"tenant": facts.tenant, "team": facts.team, "endpoint": facts.surface}[line]
    because = f"{line} {name!r} is not one of: {globs}"
    return Considered(document=document.id, matches=False, because=because)


def _conditional(
    document: Compiled, condition: Condition, facts: Facts, policy: Policy | None
) -> Considered:
    if policy is None:
        because = "it has a `when`, so it only adds to policies without one, and none matches"
        return Considered(document=document.id, matches=False, because=because)
    judged = judgement_of(document.id, policy)
    return Considered(
        document=document.id,
        matches=judged is not Judgement.FAILS,
        because=because_of(condition, judged, facts.circumstances),
        condition=judged,
    )


def _code(policy: Policy, matching: tuple[Compiled, ...]) -> Decided:
    speaking = tuple(d for d in matching if "code" in d.says)
    scan, because = policy.code_scanned, "in source code only what is sure counts"
    return Decided(
        subject="code",
        said="scan" if scan else "checked",
        rule=next(code_rule(d.id) for d in speaking if d.policy.code_scanned is scan),
        because="source code is read like prose" if scan else because,
        others=tuple(
            Voice(rule=code_rule(d.id), said="checked", because="scan is stricter than checked")
            for d in speaking
            if d.policy.code_scanned is not scan
        ),
    )


def _attachments(policy: Policy, matching: tuple[Compiled, ...]) -> Decided:
    speaking = [d for d in matching if "attachments" in d.says]
    strict = [d for d in speaking if d.policy.attachments_allowed is policy.attachments_allowed]
    return Decided(
        subject="attachments",
        said="allow" if policy.attachments_allowed else "block",
        rule=f"{strict[0].id}/attachments",
        because="nothing scans them" if not policy.attachments_allowed else "every policy allows",
        others=tuple(
            Voice(rule=f"{d.id}/attachments", said="allow", because="block is stricter than allow")
            for d in speaking
            if d.policy.attachments_allowed is not policy.attachments_allowed
        ),
    )


def _feature(policy: Policy, matching: tuple[Compiled, ...], feature: Feature) -> Decided:
    speaking = [d for d in matching if "provider_features" in d.says]
    allowed = feature in policy.features_allowed
    strict = [d for d in speaking if (feature in d.policy.features_allowed) is allowed]
    return Decided(
        subject=feature.value,
        said="allow" if allowed else "block",
        rule=f"{strict[0].id}/provider_features",
        because="every policy names it" if allowed else "the policy does not name it",
        others=tuple(
            Voice(rule=f"{d.id}/provider_features", said="allow", because="block is stricter")
            for d in speaking
            if (feature in d.policy.features_allowed) is not allowed
        ),
    )


def _store(policy: Policy, matching: tuple[Compiled, ...]) -> Decided:
    why = "the strictest that a matching policy asks for"
    return _strictest("store", matching, policy, lambda p: p.store, because=why, beats="keeps less")


def _cache(policy: Policy, matching: tuple[Compiled, ...]) -> Decided:
    why = "the strictest that a matching policy asks for"
    return _strictest(
        "cache", matching, policy, lambda p: p.cache, because=why, beats="is stricter"
    )


def _strictest(  # noqa: PLR0913 - a line of policies, and how it is spoken of
    subject: str,
    matching: tuple[Compiled, ...],
    policy: Policy,
    said: Callable[[Policy], StrEnum],
    *,
    because: str,
    beats: str,
) -> Decided:
    """A line of which one value wins over the others.

    Args:
        subject: the line's name in documents.
        matching: the documents that count.
        policy: all of them combined.
        said: what a policy says in that line.
        because: why the value that holds does.
        beats: what it does that others do not.
    """
    held = said(policy)
    speaking = [d for d in matching if subject in d.says]
    strict = [d for d in speaking if said(d.policy) is held]
    return Decided(
        subject=subject,
        said=held.value,
        rule=f"{strict[0].id}/{subject}",
        because=because,
        others=tuple(
            Voice(
                rule=f"{d.id}/{subject}",
                said=said(d.policy).value,
                because=f"{held.value} {beats}",
            )
            for d in speaking
            if said(d.policy) is not held
        ),
    )


def _surface(policy: Policy, matching: tuple[Compiled, ...], surface: str) -> Decided | None:
    speaking = [d for d in matching if "surfaces" in d.says]
    if surface not in set(Opened):
        return None
    is_open = surface in policy.surfaces
    deciding = [d for d in speaking if (surface in d.policy.surfaces) is is_open]
    return Decided(
        subject=surface,
        said=(Opening.ALLOW if is_open else Opening.REFUSE).value,
        rule=f"{deciding[0].id}/surfaces.{surface}",
        because="every policy opens it" if is_open else "the policy does not open it",
        others=tuple(
            Voice(rule=f"{d.id}/surfaces.{surface}", said="allow", because="refuse is stricter")
            for d in speaking
            if (surface in d.policy.surfaces) is not is_open
        ),
    )


def _audit(policy: Policy, matching: tuple[Compiled, ...]) -> Decided:
    why = "the most that a matching policy asks for"
    return _strictest(
        "audit", matching, policy, lambda p: p.audit_detail, because=why, beats="holds more"
    )


def _durability(policy: Policy, matching: tuple[Compiled, ...]) -> Decided:
    wanted, speaking = policy.durable, [d for d in matching if d.policy.durability is not None]
    asked = [d for d in speaking if d.policy.durability is wanted]
    voices = [d for d in speaking if d.policy.durability is not wanted]
    return Decided(
        subject="durability",
        said=wanted.value,
        rule=f"{(asked or voices)[0].id}/audit.durability",
        because="disk and collector, as all of them together ask"
        if voices
        else "every matching policy says so",
        others=tuple(
            Voice(
                rule=f"{d.id}/audit.durability",
                said=d.policy.durable.value,
                because="both asks for it and for more",
            )
            for d in voices
        ),
    )


def _bound(rule: ResidencyRule, present: AbstractSet[Entity], *, unscanned: bool) -> Bound:
    binds = rule.binds(present, unscanned=unscanned)
    if rule.when.value == "always":
        because = "it binds every request"
    elif unscanned:
        because = "there is content that nothing looks into"
    elif rule.entities:
        counted = ", ".join(sorted(rule.entities & present)) or "none"
        because = f"of the entities it lists, found: {counted}"
    else:
        because = f"personal data found: {', '.join(sorted(present)) or 'none'}"
    return Bound(rule=rule.rule, binds=binds, jurisdictions=rule.jurisdictions, because=because)


def _judged(name: str, place: Place, bound: tuple[ResidencyRule, ...]) -> Judged:
    for rule in bound:
        if not rule.admits(place.inference, place.storage):
            because = f"{rule.rule} allows {', '.join(rule.jurisdictions)}; {_where(place, rule)}"
            return Judged(deployment=name, lawful=False, because=because)
    because = "within every residency rule that binds" if bound else "no residency rule binds"
    return Judged(deployment=name, lawful=True, because=because)


def _where(place: Place, rule: ResidencyRule) -> str:
    if not (place.inference and place.storage):
        return "where it runs or stores is unknown"
    return f"it may run or store in {_codes(place.inference | place.storage, rule.countries)}"


def _codes(countries: frozenset[str], allowed: frozenset[str]) -> str:
    return ", ".join(sorted(countries - allowed))


def _unlawful(bound: tuple[ResidencyRule, ...], judged: tuple[Judged, ...]) -> Iterator[str]:
    """Why residency refuses, if it does."""
    outside = [each.deployment for each in judged if not each.lawful]
    if judged and len(outside) == len(judged):
        yield "no deployment of this model is within the jurisdictions allowed"
    elif outside and any(r.on_violation is OnViolation.BLOCK for r in bound):
        yield f"outside, and the rule says block: {', '.join(outside)}"


def _outcome(
    facts: Facts,
    entities: tuple[Decided, ...],
    attachments: Decided,
    features: tuple[Decided, ...],
    unlawful: Iterator[str],
) -> tuple[Outcome, str | None, str]:
    """In the order in which the chain asks."""
    if facts.attachments and attachments.said == "block":
        because = f"{attachments.rule} refuses attachments"
        return Outcome.BLOCK, "content.unsupported", because
    for each in entities:
        if each.said == Action.BLOCK.value:
            return Outcome.BLOCK, "policy.blocked", f"{each.rule} refuses {each.subject}"
    for each in features:
        if each.said == Action.BLOCK.value:
            because = f"{each.rule} does not allow {each.subject}"
            return Outcome.BLOCK, "policy.provider_feature", because
    for because in unlawful:
        return Outcome.BLOCK, "residency.no_lawful_upstream", because
    return Outcome.ALLOW, None, "nothing refuses it"
