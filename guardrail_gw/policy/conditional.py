"""Documents with a `when`: their condition is read, and what they leave out says nothing.

A document without `when` that leaves a line out has the strictest reading of it, or the usual one;
one with `when` only ever adds to others, so that what it leaves out stays as they say.
"""

import re
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from guardrail_gw.core.feature import Feature
from guardrail_gw.core.text import Entity
from guardrail_gw.documents import Loaded, Loc
from guardrail_gw.policy.circumstances import FOUND, TOTAL
from guardrail_gw.policy.condition import Condition, ConditionError, Conditions, zone_named
from guardrail_gw.policy.document import (
    Code,
    PolicyDocument,
    RetentionDocument,
    Spec,
    ToolsDocument,
)
from guardrail_gw.policy.entities import ENTITIES
from guardrail_gw.policy.policy import Cache, Opened, Policy, Retention, Store
from guardrail_gw.policy.tools import SILENT_ON_TOOLS, ToolRules
from guardrail_gw.policy.vocabulary import Vocabulary

LINES: Final = frozenset(
    {"attachments", "audit", "cache", "code", "provider_features", "store", "surfaces"}
)
"""What a document without `when` always says something about."""
_FOUND_NAME = re.compile(r"found\s*\.\s*([A-Z][A-Z0-9_]*)")
_EVER: Final = 36500
_CONDITION: Loc = ("spec", "when")
_LATE = "is decided before anything is found, so a `when` about what is found cannot change it"


def condition_of(loaded: Loaded[PolicyDocument], vocabulary: Vocabulary) -> Condition | None:
    """The condition of a document; None for one that always counts.

    Raises:
        ConfigError: it cannot be read, or the document says what its condition comes too late for.
    """
    spec = loaded.value.spec
    if spec.when is None:
        _check_complete(loaded)
        return None
    if not vocabulary.conditions:
        needed = "`when` needs an extra that is not installed: pip install 'guardrail-gw[cel]'"
        raise loaded.fault(_CONDITION, needed)
    _check_detectable(loaded, spec.when, vocabulary)
    place: Loc = ("spec", "zone")
    try:
        zone = zone_named(spec.zone)
        place = _CONDITION
        condition = _reader(_counts(vocabulary)).condition(spec.when, zone)
    except ConditionError as error:
        raise loaded.fault(place, str(error), near=error.near) from None
    _check_zone(loaded, condition)
    if condition.asks_found:
        _check_in_time(loaded, spec)
    return condition


def only_written(policy: Policy, spec: Spec) -> Policy:
    """What a document with `when` says, without the usual reading of what it leaves out."""
    written, silent = spec.model_fields_set, dict[str, Any]()
    if "attachments" not in written:
        silent["attachments_allowed"] = True
    if "provider_features" not in written:
        silent["features_allowed"] = frozenset(Feature)
    if "provider_ids" not in written:
        silent["provider_ids"] = None
    if "surfaces" not in written:
        silent["surfaces"] = frozenset(Opened)
    if "store" not in written:
        silent["store"] = Store.AS_SENT
    if "cache" not in written:
        silent["cache"] = Cache.ALL
    if "durability" not in spec.audit.model_fields_set:
        silent["durability"] = None
    silent["tools"] = _tools(policy.tools, spec.tools)
    return replace(policy, retention=_retention(spec.audit.retention), **silent)


def lines_of(spec: Spec) -> frozenset[str]:
    """The lines about which a document says something."""
    if spec.when is None:
        return LINES
    within = {"audit": "detail" in spec.audit.model_fields_set}
    within["code"] = spec.pii is not None and "code" in spec.pii.model_fields_set
    return frozenset(n for n in LINES if within.get(n, n in spec.model_fields_set))


def _tools(rules: ToolRules, written: ToolsDocument) -> ToolRules:
    left_out = ("trust", "results", "changed", "poisoning")
    silent = {
        name: getattr(SILENT_ON_TOOLS, name)
        for name in left_out
        if name not in written.model_fields_set
    }
    return replace(rules, **silent)


def _retention(written: RetentionDocument) -> Retention:
    said = written.model_fields_set
    return Retention(
        minimum_days=written.minimum_days,
        identity_days=written.identity_days if "identity_days" in said else _EVER,
        redacted_days=written.redacted_days if "redacted_days" in said else _EVER,
        full_days=written.full_days if "full_days" in said else _EVER,
    )


def _check_complete(loaded: Loaded[PolicyDocument]) -> None:
    """What may be left out beside `when` alone."""
    spec = loaded.value.spec
    if spec.pii is None:
        raise loaded.fault(("spec", "pii"), "missing")
    if spec.pii.default is None:
        raise loaded.fault(("spec", "pii", "default"), "missing")
    if "zone" in spec.model_fields_set:
        raise loaded.fault(("spec", "zone"), "says nothing without `when`")


def _check_detectable(loaded: Loaded[PolicyDocument], when: str, vocabulary: Vocabulary) -> None:
    for name in _FOUND_NAME.findall(when):
        if Entity(name) in vocabulary.elsewhere:
            raise loaded.fault(
                _CONDITION, f"{FOUND}{name}: looked for only where a policy asks for it"
            )
        if name in ENTITIES and name not in vocabulary.detectable:
            raise loaded.fault(
                _CONDITION, f"{FOUND}{name}: no detector of this configuration finds {name}"
            )


def _check_zone(loaded: Loaded[PolicyDocument], condition: Condition) -> None:
    asks_time = any(name.startswith("time.") for name in condition.names)
    if "zone" in loaded.value.spec.model_fields_set and not asks_time:
        raise loaded.fault(("spec", "zone"), "says nothing: `when` does not ask for the time")


def _check_in_time(loaded: Loaded[PolicyDocument], spec: Spec) -> None:
    if spec.pii is not None and spec.pii.code is Code.SCAN:
        raise loaded.fault(("spec", "pii", "code"), _LATE)
    if spec.pii is not None and spec.pii.jurisdictions:
        raise loaded.fault(("spec", "pii", "jurisdictions"), _LATE)
    if spec.store is Store.NEVER:
        raise loaded.fault(("spec", "store"), _LATE)
    if "provider_ids" in spec.model_fields_set:
        raise loaded.fault(("spec", "provider_ids"), _LATE)


def _counts(vocabulary: Vocabulary) -> frozenset[str]:
    always: AbstractSet[Entity] = vocabulary.detectable - vocabulary.elsewhere.keys()
    return frozenset({TOTAL, *(f"{FOUND}{entity}" for entity in always)})


@lru_cache(maxsize=4)
def _reader(counts: frozenset[str]) -> Conditions:
    return Conditions(counts)
