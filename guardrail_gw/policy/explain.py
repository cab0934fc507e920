"""What the policies say about one request, and why: data, for people and for `cases`.

The compiled values that decide here are those that decide on the way of a request.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from guardrail_gw.core.feature import Feature
from guardrail_gw.core.text import Entity
from guardrail_gw.policy.combine import combined
from guardrail_gw.policy.compile import Compiled
from guardrail_gw.policy.policy import NEVER, Action, EntityRule, OnViolation, Policy, ResidencyRule
from guardrail_gw.policy.source import PolicySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one deployment runs and stores: ISO 3166-1 alpha-2 codes, empty when unknown."""

    inference: frozenset[str]
    storage: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the policies look at; nothing that a person wrote."""

    tenant: str
    team: str
    surface: str
    found: Mapping[Entity, float]
    """Each entity that was found, with its best score."""
    attachments: bool = False
    features: frozenset[Feature] = frozenset()
    """What it asks of a provider beyond an answer."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """The deployments behind the model asked for, by id; none: residency is not judged."""


class Outcome(StrEnum):
    """What becomes of the request."""

    ALLOW = "allow"
    BLOCK = "block"
    UNMATCHED = "unmatched"
    """No policy is for this caller; refused too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """One policy, and whether it is for this caller."""

    document: str
    matches: bool
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What one policy says about one subject, without effect because another is stricter."""

    rule: str
    said: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What was decided about one subject, by which rule."""

    subject: str
    """`PERSON`, `attachments`, `audit`."""
    said: str
    """`token`, `nothing`, `block`, `metadata`."""
    rule: str
    because: str
    others: tuple[Voice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One residency rule, and whether it binds this request."""

    rule: str
    binds: bool
    jurisdictions: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One deployment, and whether it may see this request."""

    deployment: str
    lawful: bool
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The whole answer."""

    outcome: Outcome
    code: str | None
    """The refusal's stable code."""
    because: str
    documents: tuple[Considered, ...]
    entities: tuple[Decided, ...] = ()
    attachments: Decided | None = None
    features: tuple[Decided, ...] = ()
    """Those that were asked for, when personal data or a residency rule holds them back."""
    residency: tuple[Bound, ...] = ()
    deployments: tuple[Judged, ...] = ()
    audit: Decided | None = None


def explain(policies: PolicySet, facts: Facts) -> Explanation:
    """Say what is decided about a request, by which rule, and why the others did not decide."""
    documents = tuple(_considered(each, facts) for each in policies.documents)
    matching = policies.matching(facts.tenant, facts.team, facts.surface)
    if not matching:
        return Explanation(
            outcome=Outcome.UNMATCHED,
            code="policy.unavailable",
            because="no policy matches this caller and endpoint, so nothing passes",
            documents=documents,
        )
    policy = combined(each.policy for each in matching)
    entities = tuple(_entity(policy, matching, e, facts.found[e]) for e in sorted(facts.found))
    present = {e for e, score in facts.found.items() if policy.rule_for(e).concerns(score)}
    bound = tuple(r for r in policy.residency if r.binds(present, unscanned=facts.attachments))
    judged = tuple(_judged(name, place, bound) for name, place in sorted(facts.places.items()))
    attachments = _attachments(policy, matching)
    held = facts.attachments or bool(present or bound)
    features = tuple(_feature(policy, matching, f) for f in sorted(facts.features) if held)
    outcome, code, because = _outcome(
        facts, entities, attachments, features, _unlawful(bound, judged)
    )
    return Explanation(
        outcome=outcome,
        code=code,
        because=because,
        documents=documents,
        entities=entities,
        attachments=attachments,
        features=features,
        residency=tuple(_bound(r, present, unscanned=facts.attachments) for r in policy.residency),
        deployments=judged,
        audit=_audit(policy, matching),
    )


def said(rule: EntityRule) -> str:
    """The action as people write it."""
    return "ignore" if _ignores(rule) else rule.action.value


def _ignores(rule: EntityRule) -> bool:
    return rule.min_score >= NEVER


def _considered(document: Compiled, facts: Facts) -> Considered:
    line = document.mismatch(facts.tenant, facts.team, facts.surface)
    if line is None:
        return Considered(document=document.id, matches=True, because="every line of match holds")
    globs = ", ".join(getattr(document.match, line))
    name = {"tenant": facts.tenant, "team": facts.team, "endpoint": facts.surface}[line]
    because = f"{line} {name!r} is not one of: {globs}"
    return Considered(document=document.id, matches=False, because=because)


def _entity(
    policy: Policy, matching: tuple[Compiled, ...], entity: Entity, score: float
) -> Decided:
    rule = policy.rule_for(entity)
    voices = {each.id: each.policy.rule_for(entity) for each in matching}
    return Decided(
        subject=entity,
        said=said(rule) if rule.concerns(score) or _ignores(rule) else "nothing",
        rule=rule.rule,
        because=_because(rule, score),
        others=tuple(
            Voice(rule=voice.rule, said=said(voice), because=_outvoted(voice, rule))
            for _, voice in sorted(voices.items())
            if voice.rule != rule.rule
        ),
    )


def _because(rule: EntityRule, score: float) -> str:
    if _ignores(rule):
        return "the policy says that this is not personal data"
    if not rule.concerns(score):
        return f"score {score:g} is below {rule.min_score:g}, so it is not taken for one"
    if rule.rule.endswith("/pii.default"):
        return f"no line of its own, so the default; score {score:g} is at least {rule.min_score:g}"
    return f"score {score:g} is at least {rule.min_score:g}"


def _outvoted(voice: EntityRule, winner: EntityRule) -> str:
    if voice.action is winner.action and said(voice) == said(winner):
        return f"says the same; {winner.rule} is named first"
    return f"{said(winner)} is stricter than {said(voice)}"


def _attachments(policy: Policy, matching: tuple[Compiled, ...]) -> Decided:
    strict = [d for d in matching if d.policy.attachments_allowed is policy.attachments_allowed]
    return Decided(
        subject="attachments",
        said="allow" if policy.attachments_allowed else "block",
        rule=f"{strict[0].id}/attachments",
        because="nothing scans them" if not policy.attachments_allowed else "every policy allows",
        others=tuple(
            Voice(rule=f"{d.id}/attachments", said="allow", because="block is stricter than allow")
            for d in matching
            if d.policy.attachments_allowed is not policy.attachments_allowed
        ),
    )


def _feature(policy: Policy, matching: tuple[Compiled, ...], feature: Feature) -> Decided:
    allowed = feature in policy.features_allowed
    strict = [d for d in matching if (feature in d.policy.features_allowed) is allowed]
    return Decided(
        subject=feature.value,
        said="allow" if allowed else "block",
        rule=f"{strict[0].id}/provider_features",
        because="every policy names it" if allowed else "the policy does not name it",
        others=tuple(
            Voice(rule=f"{d.id}/provider_features", said="allow", because="block is stricter")
            for d in matching
            if (feature in d.policy.features_allowed) is not allowed
        ),
    )


def _audit(policy: Policy, matching: tuple[Compiled, ...]) -> Decided:
    most = [d for d in matching if d.policy.audit_detail is policy.audit_detail]
    return Decided(
        subject="audit",
        said=policy.audit_detail.value,
        rule=f"{most[0].id}/audit",
        because="the most that a matching policy asks for",
        others=tuple(
            Voice(
                rule=f"{d.id}/audit",
                said=d.policy.audit_detail.value,
                because=f"{policy.audit_detail.value} holds more",
            )
            for d in matching
            if d.policy.audit_detail is not policy.audit_detail
        ),
    )


def _bound(rule: ResidencyRule, present: set[Entity], *, unscanned: bool) -> Bound:
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
