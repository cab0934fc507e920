"""Documents with a `when`: what they may say, and what they leave out."""

from pathlib import Path

import pytest

from guardrail_gw.core.feature import Feature
from guardrail_gw.core.identity import Principal
from guardrail_gw.core.text import Entity
from guardrail_gw.errors import ConfigError
from guardrail_gw.policy.combine import narrowed
from guardrail_gw.policy.compile import Compiled
from guardrail_gw.policy.policy import SILENT, Action, Cache, Detail, Store
from guardrail_gw.policy.source import load_set
from guardrail_gw.policy.tools import Results, ToolKind
from tests.support.policies import policy_text, vocabulary, write_policies

WHO = Principal(tenant="acme", team="crm", user="ci", key_id="k1")
WIDE = """\
pii: {default: {action: allow, allow_values: [Anna]}, entities: {PERSON: {action: ignore}}}
attachments: allow
provider_features: [storage, routing]
provider_ids: [vs_ours, file_ours]
store: as_sent
cache: all
surfaces: {openai_images: allow}
tools: {trust: ["*"], results: originals, changed: allow, poisoning: ignore}
audit: {retention: {identity_days: 9000, redacted_days: 9000, full_days: 9000}}
"""


def loaded(folder: Path, spec: str, base: str = WIDE) -> tuple[Compiled, Compiled]:
    """A wide policy and one beside it."""
    write_policies(folder, base=policy_text("base", base), extra=policy_text("extra", spec))
    one, other = load_set(folder, vocabulary()).documents
    return one, other


def test_what_is_left_out_says_nothing(tmp_path: Path) -> None:
    """Beside the widest policy, one that says only `when` changes nothing but who is named."""
    base, extra = loaded(tmp_path, "when: 'stream'")

    both = narrowed(base.policy, extra.policy)

    assert extra.policy.default is SILENT
    assert extra.says == frozenset()
    for name in ("entities", "default", "attachments_allowed", "residency", "audit_detail",
                 "features_allowed", "code_scanned", "audit_subject", "retention",
                 "identifiers_of", "provider_ids", "store", "cache", "surfaces",
                 "tools"):  # fmt: skip
        assert getattr(both, name) == getattr(base.policy, name), name


def test_who_asks_for_the_model_is_known(tmp_path: Path) -> None:
    """Whether it holds or not: such requests are asked of no other model."""
    write_policies(
        tmp_path, base=policy_text(), extra=policy_text("extra", "when: 'model == \"m\"'")
    )
    asks = load_set(tmp_path, vocabulary()).resolve(WHO, "openai_chat")
    write_policies(tmp_path, extra=policy_text("extra", "when: 'stream'"))
    other = load_set(tmp_path, vocabulary()).resolve(WHO, "openai_chat")

    assert (asks.asks_model, other.asks_model) == (True, False)


def test_what_is_written_counts(tmp_path: Path) -> None:
    """Each line that is written narrows as in any policy."""
    base, extra = loaded(
        tmp_path,
        "when: 'stream'\n"
        "pii: {entities: {PERSON: {action: block}}, code: scan}\n"
        "attachments: block\nprovider_features: [storage]\nprovider_ids: [vs_ours, vs_other]\n"
        "store: asked\ncache: never\nsurfaces: {}\n"
        "residency: {allow_jurisdictions: [EU], when: always}\n"
        "tools: {trust: [crm], deny: ['*/delete_*'], require_approval: [destructive, git/push]}\n"
        "audit: {detail: redacted, retention: {full_days: 5}}\n",
    )

    both = narrowed(base.policy, extra.policy)

    assert both.rule_for(Entity("PERSON")).action is Action.BLOCK
    assert both.rule_for(Entity("URL")) == base.policy.default
    assert (both.code_scanned, both.attachments_allowed, both.store) == (True, False, Store.ASKED)
    assert (both.features_allowed, both.surfaces) == (frozenset({Feature.STORAGE}), frozenset())
    assert both.cache is Cache.NEVER
    assert both.provider_ids == frozenset({"vs_ours"})
    assert (both.tools.trusts("crm"), both.tools.trusts("time")) == (True, False)
    assert both.tools.deny == {"*/delete_*"}
    assert both.tools.require_approval == {"git/push"}
    assert both.tools.approve_annotated == {ToolKind.DESTRUCTIVE}
    assert both.tools.results is Results.ORIGINALS
    assert [rule.rule for rule in both.residency] == ["extra/residency"]
    assert both.audit_detail is Detail.REDACTED
    assert (both.retention.full_days, both.retention.redacted_days) == (5, 9000)
    assert extra.says == {
        "attachments", "audit", "cache", "code", "provider_features", "store", "surfaces"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        ("when: 'strem'", ("6:3: spec.when: line 1, column 1: unknown name 'strem'; did you mean "
         "'stream'?")),
        ("when: 'team == 1'", "6:3: spec.when: line 1, column 6: `==` does not fit (string, int)"),
        ("when: 'team'", "6:3: spec.when: line 1, column 1: is string, not true or false"),
        ("when: 'found.PRESON > 1'", ("6:3: spec.when: line 1, column 1: unknown name "
         "'found.PRESON'; did you mean 'found.PERSON'?")),
        ("when: 'found.US_SSN > 1'", ("6:3: spec.when: found.US_SSN: looked for only where a "
         "policy asks for it")),
        ("when: 'found.JWT > 1'", ("6:3: spec.when: found.JWT: no detector of this configuration "
         "finds JWT")),
        (f"when: '{'!' * 501}stream'", "6:3: spec.when: string should have at most 500 characters"),
        ("when: ''", "6:3: spec.when: string should have at least 1 character"),
        ("when: 'time.hour > 1'\nzone: Europe/Berln", ("7:3: spec.zone: unknown time zone "
         "'Europe/Berln'; did you mean 'Europe/Berlin'?")),
        ("when: 'stream'\nzone: UTC", ("7:3: spec.zone: says nothing: `when` does not ask for the "
         "time")),
        ("pii: {default: {action: token}}\nzone: UTC", ("7:3: spec.zone: says nothing without "
         "`when`")),
        ("when: 'found.total > 1'\npii: {code: scan}", ("7:9: spec.pii.code: is decided before "
         "anything is found, so a `when` about what is found cannot change it")),
        ("when: 'found.total > 1'\npii: {jurisdictions: [US]}", ("7:9: spec.pii.jurisdictions: is "
         "decided before")),
        ("when: 'found.total > 1'\nstore: never", "7:3: spec.store: is decided before"),
        ("when: 'found.total > 1'\nprovider_ids: []", "7:3: spec.provider_ids: is decided before"),
        ("attachments: block", "4:1: spec.pii: missing"),
        ("pii: {code: scan}", "6:3: spec.pii.default: missing"),
    ],
)  # fmt: skip
def test_a_fault_says_where(tmp_path: Path, spec: str, fault: str) -> None:
    """What cannot be asked, or comes too late, is refused at load, with line and column."""
    write_policies(tmp_path, extra=policy_text("extra", spec))
    words = vocabulary({"PERSON", "URL", "US_SSN"})

    with pytest.raises(ConfigError) as caught:
        load_set(tmp_path, words)

    assert f"extra.yaml:{fault}" in str(caught.value)


def test_without_the_extra_it_is_a_fault(tmp_path: Path) -> None:
    """A condition that nothing can read is not left out: the folder is refused."""
    write_policies(tmp_path, extra=policy_text("extra", "when: 'stream'"))

    with pytest.raises(ConfigError, match=r"spec\.when: `when` needs an extra .*\[cel\]"):
        load_set(tmp_path, vocabulary(conditions=False))


def test_the_digest_knows_the_condition(tmp_path: Path) -> None:
    """Another condition is another set of policies."""
    write_policies(tmp_path, base=policy_text(), extra=policy_text("extra", "when: 'stream'"))
    before = load_set(tmp_path, vocabulary()).digest

    write_policies(tmp_path, extra=policy_text("extra", "when: '!stream'"))

    assert load_set(tmp_path, vocabulary()).digest != before
