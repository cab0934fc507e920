"""The rules of a folder, and which of them a case shows to decide something."""

from collections.abc import Iterator

from guardrail_gw.policy.case_document import Case
from guardrail_gw.policy.compile import Compiled
from guardrail_gw.policy.condition import Judgement
from guardrail_gw.policy.explanation import Explanation
from guardrail_gw.policy.found import allow_rule, code_rule
from guardrail_gw.policy.policy import SILENT, Cache, Durability, Store
from guardrail_gw.policy.source import PolicySet
from guardrail_gw.policy.tools_explain import tool_rules_of

_SHOWN = (Judgement.HOLDS, Judgement.FAILS)
"""What cases have to show of a condition: `night/when.holds`, `night/when.fails`."""


def rules_of(policies: PolicySet) -> tuple[str, ...]:
    """Every rule of every document, in reading order."""
    return tuple(rule for document in policies.documents for rule in _rules(document))


def _rules(document: Compiled) -> Iterator[str]:
    policy = document.policy
    if document.condition is not None:
        yield from (_when_rule(document.id, judged) for judged in _SHOWN)
    treated = [r for r in (policy.default, *policy.entities.values()) if r != SILENT]
    yield from (rule.rule for rule in treated)
    yield from (allow_rule(rule) for rule in treated if rule.allowed)
    if policy.code_scanned:
        yield code_rule(document.id)
    if "attachments" in document.says:
        yield f"{document.id}/attachments"
    yield from (rule.rule for rule in policy.residency)
    yield from _rules_of_keeping(document)


def _rules_of_keeping(document: Compiled) -> Iterator[str]:
    policy, says = document.policy, document.says
    if policy.features_allowed and "provider_features" in says:
        yield f"{document.id}/provider_features"
    if policy.store is not Store.ASKED and "store" in says:
        yield f"{document.id}/store"
    if policy.cache is not Cache.IMPERSONAL and "cache" in says:
        yield f"{document.id}/cache"
    if "surfaces" in says:
        yield from (f"{document.id}/surfaces.{surface}" for surface in sorted(policy.surfaces))
    yield from tool_rules_of(document)
    if "audit" in says:
        yield f"{document.id}/audit"
    if policy.durability not in {None, Durability.LOCAL}:
        yield f"{document.id}/audit.durability"


def proved(case: Case, got: Explanation) -> Iterator[str]:
    """The rules that decided something which this case checks."""
    yield from _proved_of_conditions(got)
    yield from _proved_of_found(case, got)
    if case.expect.code is not None and got.source_code is not None:
        yield got.source_code.rule
    if case.given.attachments and got.attachments is not None:
        yield got.attachments.rule
    yield from (each.rule for each in got.features)
    checked = case.expect.sent_to is not None or case.expect.residency
    if checked or got.code == "residency.no_lawful_upstream":
        yield from (rule.rule for rule in got.residency if rule.binds)
    yield from _proved_of_keeping(case, got)


def _proved_of_conditions(got: Explanation) -> Iterator[str]:
    for document in got.documents:
        if document.condition is not None and document.condition in _SHOWN:
            yield _when_rule(document.document, document.condition)


def _proved_of_found(case: Case, got: Explanation) -> Iterator[str]:
    for each in got.entities:
        blocks = got.code == "policy.blocked" and each.said == "block"
        if each.said != "nothing" and (each.subject in case.expect.actions or blocks):
            yield each.rule
        if each.said == "nothing" and each.subject in case.expect.actions:
            yield from (rule for passed in each.passed for rule in passed.rules)


def _proved_of_keeping(case: Case, got: Explanation) -> Iterator[str]:
    if case.expect.store is not None and got.store is not None:
        yield got.store.rule
    if case.expect.cache is not None and got.cache is not None:
        yield got.cache.rule
    if got.surface is not None:
        yield got.surface.rule
    yield from _proved_of_tools(case, got)
    if case.expect.audit is not None and got.audit is not None:
        yield got.audit.rule
    if case.expect.durability is not None and got.durability is not None:
        yield got.durability.rule  # and all others, which decide it together
        yield from (voice.rule for voice in got.durability.others)


def _proved_of_tools(case: Case, got: Explanation) -> Iterator[str]:
    expect = case.expect
    checked = {
        "tool": expect.tool or (got.code == "tools.denied"),
        "received": expect.receives,
        "results": expect.results,
    }
    for decided in got.tools:
        if checked[decided.subject]:
            yield decided.rule
            if decided.subject != "results":  # the others of it have no effect
                yield from (voice.rule for voice in decided.others)


def _when_rule(document: str, judged: Judgement) -> str:
    return f"{document}/when.{judged.value}"
