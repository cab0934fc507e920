"""A policy folder: all of it is valid or none of it is in force."""

from pathlib import Path

import pytest

from guardrail_gw.core.identity import Principal
from guardrail_gw.core.text import Entity
from guardrail_gw.errors import ConfigError, PolicyDown
from guardrail_gw.policy import source
from guardrail_gw.policy.policy import NEVER, Action, Detail, When
from guardrail_gw.policy.source import PolicySource, load_set
from tests.support.policies import policy_text, vocabulary, write_policies

CHAT = "openai_chat"


def caller(tenant: str = "acme", team: str = "support") -> Principal:
    """Someone of that team."""
    return Principal(tenant=tenant, team=team, user="u", key_id="k")


def test_a_document_becomes_what_the_rooms_obey(tmp_path: Path) -> None:
    """Scores are inherited, zones expanded, `ignore` never reached, and rules named."""
    spec = (
        "pii:\n  default: {action: mask, min_score: 0.4}\n  entities:\n"
        "    PERSON: {action: token}\n    URL: {action: ignore}\n"
        "    JWT: {action: block, min_score: 0.9}\n"
        "attachments: allow\n"
        "residency: {allow_jurisdictions: [UK, 'NO'], when: [PERSON]}\n"
        "audit: {detail: redacted}"
    )
    write_policies(tmp_path, base=policy_text(spec=spec))

    policy = load_set(tmp_path, vocabulary()).resolve(caller(), CHAT)

    rules = {e: (r.action, r.min_score, r.rule) for e, r in policy.entities.items()}
    assert rules == {
        "PERSON": (Action.TOKEN, 0.4, "base/pii.PERSON"),
        "URL": (Action.ALLOW, NEVER, "base/pii.URL"),
        "JWT": (Action.BLOCK, 0.9, "base/pii.JWT"),
    }
    assert policy.rule_for(Entity("IBAN_CODE")).rule == "base/pii.default"
    assert policy.attachments_allowed
    assert policy.audit_detail is Detail.REDACTED
    (residency,) = policy.residency
    assert (residency.countries, residency.rule) == (frozenset({"GB", "NO"}), "base/residency")
    assert (residency.when, residency.entities) == (When.PII_DETECTED, frozenset({"PERSON"}))


def test_every_document_that_matches_counts(tmp_path: Path) -> None:
    """A team's policy narrows the general one for that team alone."""
    block = "pii: {default: {action: block}}"
    write_policies(
        tmp_path,
        base=policy_text(),
        crm=policy_text("crm", block, "tenant: [acme], team: ['crm-*', sales]"),
    )
    policies = load_set(tmp_path, vocabulary())

    def decided(tenant: str, team: str) -> tuple[Action, tuple[str, ...]]:
        policy = policies.resolve(caller(tenant, team), CHAT)
        return policy.default.action, policy.documents

    assert decided("acme", "support") == (Action.TOKEN, ("base",))
    assert decided("acme", "crm-east") == (Action.BLOCK, ("base", "crm"))
    assert decided("acme", "sales") == (Action.BLOCK, ("base", "crm"))
    assert decided("globex", "sales") == (Action.TOKEN, ("base",))


@pytest.mark.parametrize(
    ("glob", "name", "fits"),
    [
        ("*", "", True),
        ("a", "a", True),
        ("a", "A", False),
        ("a*", "a", True),
        ("*a", "ba", True),
        ("a*a", "a", False),
        ("a*b*c", "aXbYc", True),
        ("a*b*c", "acb", False),
        ("a.c", "abc", False),
        ("*" * 60 + "b", "a" * 60, False),
    ],
)
def test_a_star_is_any_text_and_nothing_else_is_special(
    tmp_path: Path,
    glob: str,
    name: str,
    fits: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    """Patterns match the whole name, by case, and quickly."""
    write_policies(tmp_path, base=policy_text(match=f"tenant: ['{glob}']"))
    document = load_set(tmp_path, vocabulary()).documents[0]

    assert (document.mismatch(name, "t", CHAT) is None) is fits


def test_a_caller_without_a_policy_is_refused(tmp_path: Path) -> None:
    """When no document matches, nothing passes."""
    write_policies(tmp_path, base=policy_text(match="tenant: [acme]"))
    policies = load_set(tmp_path, vocabulary())

    with pytest.raises(PolicyDown) as caught:
        policies.resolve(caller("globex"), CHAT)

    assert (caught.value.status, caught.value.code) == (503, "policy.unavailable")


def test_what_was_resolved_is_kept_and_the_memory_of_it_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same caller gets the same object; many callers do not grow the memory without bound."""
    monkeypatch.setattr(source, "_MAX_RESOLVED", 8)
    write_policies(tmp_path, base=policy_text(), more=policy_text("more"))
    policies = load_set(tmp_path, vocabulary())

    assert policies.resolve(caller(), CHAT) is policies.resolve(caller(), CHAT)
    for i in range(50):
        policies.resolve(caller(f"tenant-{i}"), CHAT)
    assert len(policies._resolved) == 8  # noqa: SLF001 - the bound is the point


def test_the_digest_follows_every_byte_of_every_document(tmp_path: Path) -> None:
    """A changed byte, a renamed, an added file: another digest; the cases do not count."""
    write_policies(tmp_path, base=policy_text())
    first = load_set(tmp_path, vocabulary()).digest

    (tmp_path / "cases.yaml").write_text("anything", encoding="utf-8")
    same = load_set(tmp_path, vocabulary()).digest
    (tmp_path / "base.yaml").write_text(policy_text() + "# a comment\n", encoding="utf-8")
    commented = load_set(tmp_path, vocabulary()).digest
    write_policies(tmp_path, base=policy_text(), more=policy_text("more"))
    added = load_set(tmp_path, vocabulary()).digest

    assert same == first
    assert first.startswith("sha256:")
    assert len({first, commented, added}) == 3


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("two.yaml", policy_text(), "base.yaml and two.yaml are both 'base'"),
        ("two.yaml", "kind: Policy", "two.yaml:1:1: apiVersion: missing"),
        ("two.yaml.bak", policy_text("two"), "two.yaml.bak: not a policy"),
        ("two.json", "{}", "two.json: not a policy"),
        (
            "two.yaml",
            policy_text("two", "pii: {default: {action: token}, entities: {URL: {action: mask}}}"),
            "two.yaml:6:46: spec.pii.entities.URL: no detector of this configuration finds URL",
        ),
    ],
)
def test_one_bad_file_refuses_the_folder(tmp_path: Path, name: str, text: str, said: str) -> None:
    """A folder with a file that is no valid policy does not load, not even in part."""
    write_policies(tmp_path, base=policy_text())
    (tmp_path / name).write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        load_set(tmp_path, vocabulary(["PERSON"]))

    assert said in str(caught.value)


def test_letting_pass_needs_no_detector(tmp_path: Path) -> None:
    """`ignore` and `allow` may name an entity that this configuration cannot find."""
    spec = (
        "pii: {default: {action: token}, entities: {URL: {action: allow}, JWT: {action: ignore}}}"
    )
    write_policies(tmp_path, base=policy_text(spec=spec))

    assert len(load_set(tmp_path, vocabulary(["PERSON"])).documents) == 1


@pytest.mark.parametrize("visible", [None, "README.md", ".hidden.yaml"])
def test_a_folder_without_a_policy_is_refused(tmp_path: Path, visible: str | None) -> None:
    """Notes and hidden files (a ConfigMap's `..data`) are no policies."""
    if visible:
        (tmp_path / visible).write_text("text", encoding="utf-8")

    with pytest.raises(ConfigError, match="no policy in this folder"):
        load_set(tmp_path, vocabulary())


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A missing folder is a configuration error."""
    with pytest.raises(ConfigError, match="cannot be read"):
        load_set(tmp_path / "none", vocabulary())


def test_reloading_swaps_all_or_nothing(tmp_path: Path) -> None:
    """A broken folder leaves the last good policies in force; a mended one replaces them."""
    write_policies(tmp_path, base=policy_text())
    policies = PolicySource.load(tmp_path, vocabulary())
    first = policies.current

    write_policies(tmp_path, more="nonsense")
    with pytest.raises(ConfigError):
        policies.reload()
    kept = policies.current
    write_policies(tmp_path, more=policy_text("more"))
    policies.reload()

    assert kept is first
    assert policies.current is not first
    assert first.resolve(caller(), CHAT).documents == ("base",)
    assert policies.current.resolve(caller(), CHAT).documents == ("base", "more")
