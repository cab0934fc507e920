"""What a valid policy folder may still get wrong: rules without effect, demands nobody can meet."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations, product

from guardrail_gw.core.feature import Feature
from guardrail_gw.core.text import Entity
from guardrail_gw.policy.combine import combined
from guardrail_gw.policy.compile import Compiled
from guardrail_gw.policy.entities import SURROGATES
from guardrail_gw.policy.explanation import Place
from guardrail_gw.policy.lint_conditions import condition_remarks, witnesses
from guardrail_gw.policy.lint_values import Finds, idle_values
from guardrail_gw.policy.policy import (
    FILES,
    KEEPING,
    NEVER,
    SILENT,
    UNSCANNED,
    Action,
    Durability,
    EntityRule,
    OnViolation,
    Opened,
    Policy,
    ResidencyRule,
    Store,
)
from guardrail_gw.policy.remark import Level, Remark
from guardrail_gw.policy.source import PolicySet


def lint(
    policies: PolicySet,
    routes: Mapping[str, Mapping[str, Place]] | None = None,
    finds: Finds | None = None,
) -> tuple[Remark, ...]:
    """Look for what the schema cannot see.

    Args:
        policies: a valid folder.
        routes: virtual model -> deployment -> where it is; without it, residency demands are
            compared with one another only.
        finds: whether detectors may find a value; without it, `allow_values` are compared with one
            another only.
    """
    remarks = [
        *_never_deciding(policies),
        *_never_binding(policies),
        *_contradictory(policies),
        *_unscanned(policies),
        *_steered(policies),
        *_not_kept(policies),
        *_closed_in_part(policies),
        *_open_to_files(policies),
        *_never_alone(policies),
        *_not_invented(policies),
        *_idle_values(policies, finds),
        *_unsatisfied(policies, routes or {}),
        *condition_remarks(policies),
    ]
    return tuple(sorted(remarks, key=lambda r: (r.level, r.rule, r.message)))


def _never_deciding(policies: PolicySet) -> Iterator[Remark]:
    """Rules that a stricter one of another document always outvotes."""
    for document in policies.documents:
        contexts = _contexts(policies, document)
        own = [(None, document.policy.default), *document.policy.entities.items()]
        for entity, rule in own:
            if rule != SILENT and all(_outvoted(rule, entity, context) for context in contexts):
                message = "never decides: another policy that always applies too is stricter"
                yield Remark(level=Level.ERROR, rule=rule.rule, message=message)


def _contexts(policies: PolicySet, document: Compiled) -> list[tuple[Compiled, ...]]:
    """What counts together with a policy, where as little as possible does."""
    return [
        tuple(
            each
            for each in policies.matching(*names)
            if each.condition is None or each.id == document.id
        )
        for names in witnesses(document)
    ]


def _outvoted(rule: EntityRule, entity: Entity | None, context: tuple[Compiled, ...]) -> bool:
    policy = combined(each.policy for each in context)
    winner = policy.default if entity is None else policy.rule_for(entity)
    return winner.action is not rule.action or (
        rule.min_score >= NEVER and winner.min_score < NEVER
    )


def _never_binding(policies: PolicySet) -> Iterator[Remark]:
    for document in policies.documents:
        policy = document.policy
        for rule in policy.residency:
            lines = {e: policy.rule_for(e) for e in rule.entities}
            idle = [e for e, r in lines.items() if r.min_score >= NEVER and r != SILENT]
            if idle:
                message = f"lists what the same policy ignores: {', '.join(sorted(idle))}"
                yield Remark(level=Level.ERROR, rule=rule.rule, message=message)


def _contradictory(policies: PolicySet) -> Iterator[Remark]:
    """Two policies for the same caller that no country satisfies."""
    for one, other in combinations(policies.documents, 2):
        if not _overlap(one, other):
            continue
        for a, b in product(one.policy.residency, other.policy.residency):
            if not a.countries & b.countries:
                message = f"contradicts {b.rule}: no country is in both"
                yield Remark(level=Level.ERROR, rule=a.rule, message=message)


def _never_alone(policies: PolicySet) -> Iterator[Remark]:
    """Policies that ask for the collector alone, where another always asks for the disk."""
    for document in policies.documents:
        if document.policy.durability is not Durability.REMOTE:
            continue
        contexts = _contexts(policies, document)
        if all(combined(c.policy for c in each).durable.asks_disk for each in contexts):
            message = (
                "`remote` comes to `both`: another policy that always applies asks for the disk"
            )
            yield Remark(
                level=Level.WARNING, rule=f"{document.id}/audit.durability", message=message
            )


def _unscanned(policies: PolicySet) -> Iterator[Remark]:
    for document in policies.documents:
        policy = document.policy
        rules = (policy.default, *policy.entities.values())
        allowed = policy.attachments_allowed and "attachments" in document.says
        if allowed and any(r.action is not Action.ALLOW for r in rules):
            message = "attachments pass unscanned, though this policy replaces personal data"
            yield Remark(level=Level.WARNING, rule=f"{document.id}/attachments", message=message)


def _steered(policies: PolicySet) -> Iterator[Remark]:
    for document in policies.documents:
        policy = document.policy
        if "provider_features" not in document.says:
            continue
        if policy.residency and Feature.ROUTING in policy.features_allowed:
            message = "routing lets a client choose who answers, which residency then cannot hold"
            rule = f"{document.id}/provider_features"
            yield Remark(level=Level.WARNING, rule=rule, message=message)


def _not_kept(policies: PolicySet) -> Iterator[Remark]:
    for document in policies.documents:
        policy, rule = document.policy, f"{document.id}/store"
        storage = Feature.STORAGE in policy.features_allowed
        if not {"store", "provider_features"} <= document.says:
            continue
        if policy.store is Store.NEVER and storage:
            message = "never: `storage` among provider_features lets nothing be kept as an answer"
            yield Remark(level=Level.WARNING, rule=rule, message=message)
        if policy.store is Store.AS_SENT and not storage:
            message = "as_sent keeps what says nothing only with `storage` among provider_features"
            yield Remark(level=Level.WARNING, rule=rule, message=message)


def _closed_in_part(policies: PolicySet) -> Iterator[Remark]:
    """A surface that is opened, and whose content the same policy refuses."""
    for document in policies.documents:
        policy = document.policy
        says_both = {"surfaces", "attachments"} <= document.says
        closed = says_both and not policy.attachments_allowed
        for surface in sorted(policy.surfaces & UNSCANNED) if closed else ():
            message = "opens what carries nothing but attachments, which this policy blocks"
            rule = f"{document.id}/surfaces.{surface}"
            yield Remark(level=Level.ERROR, rule=rule, message=message)


def _open_to_files(policies: PolicySet) -> Iterator[Remark]:
    """What is opened for providers to keep, and what that comes to."""
    for document in policies.documents:
        if "surfaces" not in document.says:  # it adds to others, and opens nothing
            continue
        policy = document.policy
        for surface in sorted(policy.surfaces & KEEPING):
            rule = f"{document.id}/surfaces.{surface}"
            if policy.store is Store.NEVER:
                message = "opens what providers keep, and `store: never` has nothing kept"
                yield Remark(level=Level.ERROR, rule=rule, message=message)
            elif Feature.STORAGE not in policy.features_allowed:
                message = "nothing personal is kept without `storage` among provider_features"
                yield Remark(level=Level.WARNING, rule=rule, message=message)
        yield from _unread(document)


def _unread(document: Compiled) -> Iterator[Remark]:
    policy = document.policy
    passes = policy.attachments_allowed and _replaces(policy)
    for surface in sorted(policy.surfaces & FILES) if passes else ():
        message = "files that are no text are kept as they are, whatever is in them"
        rule = f"{document.id}/surfaces.{surface}"
        yield Remark(level=Level.WARNING, rule=rule, message=message)
    if Opened.BATCHES in policy.surfaces and Opened.FILES not in policy.surfaces:
        message = "batches are made of files, and these are not opened"
        closed = f"{document.id}/surfaces.{Opened.BATCHES}"
        yield Remark(level=Level.WARNING, rule=closed, message=message)


def _replaces(policy: Policy) -> bool:
    """Whether anything that is found does not leave as it is."""
    return any(r.action is not Action.ALLOW for r in (policy.default, *policy.entities.values()))


def _not_invented(policies: PolicySet) -> Iterator[Remark]:
    for document in policies.documents:
        for entity, rule in document.policy.entities.items():
            if rule.action is Action.SURROGATE and entity not in SURROGATES:
                message = "no surrogate exists for this kind: a placeholder is used"
                yield Remark(level=Level.WARNING, rule=rule.rule, message=message)


def _idle_values(policies: PolicySet, finds: Finds | None) -> Iterator[Remark]:
    for document in policies.documents:
        contexts = _contexts(policies, document)
        yield from idle_values(document, contexts, finds)


def _unsatisfied(
    policies: PolicySet, routes: Mapping[str, Mapping[str, Place]]
) -> Iterator[Remark]:
    for document in policies.documents:
        for rule in document.policy.residency:
            for model, places in sorted(routes.items()):
                message = _unserved(rule, places)
                if message:
                    text = f"model {model!r}: {message}"
                    yield Remark(level=Level.ERROR, rule=rule.rule, message=text)


def _unserved(rule: ResidencyRule, places: Mapping[str, Place]) -> str | None:
    outside = [n for n, p in sorted(places.items()) if not rule.admits(p.inference, p.storage)]
    allowed = ", ".join(rule.jurisdictions)
    if len(outside) == len(places):
        return f"none of its deployments is within {allowed}; every request it binds is refused"
    if outside and rule.on_violation is OnViolation.BLOCK:
        return f"{', '.join(outside)} outside {allowed} and `block`: all it binds is refused"
    return None


def _overlap(one: Compiled, other: Compiled) -> bool:
    """Whether some caller fits both."""
    return all(
        any(_meet(a, b) for a, b in product(getattr(one.match, line), getattr(other.match, line)))
        for line in ("tenant", "team", "endpoint")
    )


@cache
def _meet(one: str, other: str) -> bool:
    """Whether some text fits both patterns."""
    if not one or not other:
        return not (one or other).strip("*")
    if one[0] == "*":
        return _meet(one[1:], other) or _meet(one, other[1:])
    if other[0] == "*":
        return _meet(other, one)
    return one[0] == other[0] and _meet(one[1:], other[1:])
