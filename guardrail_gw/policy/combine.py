"""All documents that match count; in every dimension the strictest wins, so combining only narrows.

Commutative, associative and idempotent: neither file names nor order decide anything.
"""

from collections.abc import Iterable
from functools import reduce

from guardrail_gw.policy.policy import SILENT, Action, Cache, Detail, EntityRule, Policy, Store

_ACTIONS = tuple(Action)
_DETAILS = tuple(Detail)
_STORES = tuple(Store)
_CACHES = tuple(Cache)


def combined(policies: Iterable[Policy]) -> Policy:
    """The policy that obeys all of `policies`, of which there is at least one."""
    return reduce(narrowed, policies)


def narrowed(one: Policy, other: Policy) -> Policy:
    """The strictest of two in each dimension."""
    rules = {rule.rule: rule for rule in (*one.residency, *other.residency)}
    conditional = {each.document: each for each in (*one.conditional, *other.conditional)}
    return Policy(
        digest=one.digest,
        documents=tuple(sorted({*one.documents, *other.documents})),
        entities={
            entity: stricter(one.rule_for(entity), other.rule_for(entity))
            for entity in sorted({*one.entities, *other.entities})
        },
        default=stricter(one.default, other.default),
        attachments_allowed=one.attachments_allowed and other.attachments_allowed,
        residency=tuple(rules[name] for name in sorted(rules)),
        features_allowed=one.features_allowed & other.features_allowed,
        provider_ids=_both(one.provider_ids, other.provider_ids),
        audit_detail=max(one.audit_detail, other.audit_detail, key=_DETAILS.index),
        audit_subject=one.audit_subject or other.audit_subject,
        retention=one.retention.narrowed(other.retention),
        durability=one.durability.narrowed(other.durability)
        if one.durability
        else other.durability,
        code_scanned=one.code_scanned or other.code_scanned,
        identifiers_of=one.identifiers_of | other.identifiers_of,
        store=min(one.store, other.store, key=_STORES.index),
        cache=min(one.cache, other.cache, key=_CACHES.index),
        surfaces=one.surfaces & other.surfaces,
        tools=one.tools.narrowed(other.tools),
        conditional=tuple(conditional[name] for name in sorted(conditional)),
        asks_model=one.asks_model or other.asks_model,
        unsure=tuple(sorted({*one.unsure, *other.unsure})),
    )


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    """What both list; None says nothing."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


def stricter(one: EntityRule, other: EntityRule) -> EntityRule:
    """The later action of the list, from the lower score on, but for the values that both allow.

    It is named after who wants the action.
    """
    if SILENT in (one, other):
        return other if one == SILENT else one
    action = max(one.action, other.action, key=_ACTIONS.index)
    return EntityRule(
        action=action,
        min_score=min(one.min_score, other.min_score),
        # of two that ask for the same, the first by name: order must not matter
        rule=min(each.rule for each in (one, other) if each.action is action),
        allowed=one.allowed & other.allowed,
    )
