"""Explanations: which rule decided, and why each other did not."""

from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.core.feature import Feature
from guardrail_gw.core.identity import Principal
from guardrail_gw.core.text import Entity
from guardrail_gw.policy.explain import explain
from guardrail_gw.policy.explanation import Explanation, Facts, Outcome, Place, Seen
from guardrail_gw.policy.source import load_set
from tests.support.policies import policy_text, vocabulary, write_policies

BASE = """\
pii:
  default: {action: token, min_score: 0.5}
  entities: {JWT: {action: block}, URL: {action: ignore}}
residency: {allow_jurisdictions: [EU], when: pii_detected}
"""
CRM = """\
pii: {default: {action: mask}, entities: {PERSON: {action: redact}}}
attachments: allow
provider_features: [storage]
residency: {allow_jurisdictions: [DE], when: always, on_violation: block}
audit: {detail: redacted, durability: remote}
"""
STORE = frozenset({Feature.STORAGE})
FEATURE = "policy.provider_feature"
DE = Place(inference=frozenset({"DE"}), storage=frozenset({"DE"}))
FR = Place(inference=frozenset({"FR"}), storage=frozenset({"FR"}))
US = Place(inference=frozenset({"US"}), storage=frozenset({"US"}))
UNKNOWN = Place(inference=frozenset({"DE"}), storage=frozenset())


def asked(  # noqa: PLR0913, PLR0917 - each caller names what it gives
    folder: Path,
    found: dict[str, float] | None = None,
    team: str = "support",
    places: dict[str, Place] | None = None,
    attachments: bool = False,  # noqa: FBT001, FBT002 - named by every caller
    features: frozenset[Feature] = frozenset(),
) -> Explanation:
    """Explain a request to a folder of two policies."""
    write_policies(
        folder, base=policy_text("base", BASE), crm=policy_text("crm", CRM, "team: [crm]")
    )
    facts = Facts(
        tenant="acme",
        team=team,
        surface="openai_chat",
        found=[Seen(entity=Entity(name), score=score) for name, score in (found or {}).items()],
        attachments=attachments,
        features=features,
        places=places or {},
    )
    return explain(load_set(folder, vocabulary()), facts)


def test_every_document_says_whether_it_is_for_the_caller(tmp_path: Path) -> None:
    """A document that does not match says which line did not hold."""
    explanation = asked(tmp_path)

    assert [(d.document, d.matches) for d in explanation.documents] == [
        ("base", True),
        ("crm", False),
    ]
    assert explanation.documents[1].because == "team 'support' is not one of: crm"


def test_the_deciding_rule_is_named_and_the_others_say_why_not(tmp_path: Path) -> None:
    """Two policies differ; the stricter one decides and the milder one is heard."""
    (person,) = asked(tmp_path, {"PERSON": 0.9}, team="crm").entities

    assert (person.said, person.rule) == ("redact", "crm/pii.PERSON")
    (other,) = person.others
    assert (other.rule, other.said) == ("base/pii.default", "token")
    assert other.because == "redact is stricter than token"


@pytest.mark.parametrize(
    ("entity", "score", "said", "because"),
    [
        ("PERSON", 0.9, "token", "no line of its own, so the default; score 0.9 is at least 0.5"),
        ("PERSON", 0.4, "nothing", "score 0.4 is below 0.5, so it is not taken for one"),
        ("JWT", 1.0, "block", "score 1 is at least 0.5"),
        ("URL", 1.0, "ignore", "the policy says that this is not personal data"),
    ],
)
def test_each_entity_says_what_and_why(
    tmp_path: Path, entity: str, score: float, said: str, because: str
) -> None:
    """The sentence follows from rule and score."""
    (decided,) = asked(tmp_path, {entity: score}).entities

    assert (decided.said, decided.because) == (said, because)


@pytest.mark.parametrize(
    ("found", "binds"),
    [
        ({}, False),
        ({"URL": 1.0}, False),
        ({"PERSON": 0.4}, False),
        ({"PERSON": 0.5}, True),
    ],
)
def test_what_is_ignored_or_unsure_does_not_make_residency_bind(
    tmp_path: Path,
    found: dict[str, float],
    binds: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    """Only what the policy takes for personal data binds."""
    (bound,) = asked(tmp_path, found).residency

    assert bound.binds is binds


def test_each_deployment_is_judged_with_its_reason(tmp_path: Path) -> None:
    """A place outside and an unknown place are out, each with its reason."""
    places = {"frankfurt": DE, "virginia": US, "half-known": UNKNOWN}

    explanation = asked(tmp_path, {"PERSON": 1.0}, places=places)

    assert explanation.outcome is Outcome.ALLOW
    assert {d.deployment: (d.lawful, d.because) for d in explanation.deployments} == {
        "frankfurt": (True, "within every residency rule that binds"),
        "half-known": (False, "base/residency allows EU; where it runs or stores is unknown"),
        "virginia": (False, "base/residency allows EU; it may run or store in US"),
    }


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"found": {"JWT": 1.0}}, "policy.blocked"),
        ({"found": {"JWT": 1.0}, "attachments": True}, "content.unsupported"),
        ({"found": {"PERSON": 1.0}, "places": {"v": US}}, "residency.no_lawful_upstream"),
        ({"team": "crm", "places": {"f": DE, "p": FR}}, "residency.no_lawful_upstream"),
        ({"team": "crm", "attachments": True}, "content.unsupported"),
        ({"found": {"PERSON": 1.0}, "features": STORE, "places": {"v": US}}, FEATURE),
        ({"found": {"PERSON": 1.0, "JWT": 1.0}, "features": STORE}, "policy.blocked"),
        ({"team": "crm", "features": STORE}, FEATURE),
        ({"features": STORE}, None),
        ({"places": {"v": US}}, None),
        ({"team": "crm", "places": {"f": DE}}, None),
    ],
)
def test_the_outcome_has_the_code_that_the_client_would_see(
    tmp_path: Path, given: dict[str, Any], code: str | None
) -> None:
    """In the order of the chain: attachments, blocked entities, features, residency."""
    explanation = asked(tmp_path, **given)

    assert explanation.code == code
    assert explanation.outcome is (Outcome.BLOCK if code else Outcome.ALLOW)


def test_attachments_and_audit_say_who_outvoted_whom(tmp_path: Path) -> None:
    """One policy allows attachments and asks for more detail; the strictest of each holds."""
    explanation = asked(tmp_path, team="crm")

    assert explanation.attachments is not None
    assert explanation.audit is not None
    assert (explanation.attachments.said, explanation.attachments.rule) == (
        "block",
        "base/attachments",
    )
    assert [v.rule for v in explanation.attachments.others] == ["crm/attachments"]
    assert (explanation.audit.said, explanation.audit.rule) == ("redacted", "crm/audit")
    assert [v.because for v in explanation.audit.others] == ["redacted holds more"]


def test_durability_says_who_asked_for_what(tmp_path: Path) -> None:
    """One policy asks for the collector and one for the disk: both hold, and each is named."""
    alone, together = asked(tmp_path).durability, asked(tmp_path, team="crm").durability

    assert alone is not None
    assert together is not None
    assert (alone.said, alone.rule, alone.others) == ("local", "base/audit.durability", ())
    assert together.said == "both"
    assert {v.rule: v.said for v in together.others} == {
        "base/audit.durability": "local",
        "crm/audit.durability": "remote",
    }


def test_a_feature_says_who_refuses_it(tmp_path: Path) -> None:
    """One policy names the feature and the other does not: both must."""
    (decided,) = asked(tmp_path, team="crm", features=STORE).features

    assert (decided.subject, decided.said) == ("storage", "block")
    assert decided.rule == "base/provider_features"
    assert [v.rule for v in decided.others] == ["crm/provider_features"]


def test_nobody_s_request_is_unmatched(tmp_path: Path) -> None:
    """Without a policy the explanation says so and decides nothing else."""
    write_policies(tmp_path, only=policy_text(match="tenant: [globex]"))
    facts = Facts(tenant="acme", team="t", surface="openai_chat")

    explanation = explain(load_set(tmp_path, vocabulary()), facts)

    assert (explanation.outcome, explanation.code) == (Outcome.UNMATCHED, "policy.unavailable")


@pytest.mark.parametrize("team", ["support", "crm"])
def test_explaining_says_what_resolving_gives(tmp_path: Path, team: str) -> None:
    """The rule an explanation names is the rule on the way of a request."""
    found = {"PERSON": 1.0, "JWT": 1.0, "URL": 1.0, "IBAN_CODE": 1.0}

    explanation = asked(tmp_path, found, team=team)

    principal = Principal(tenant="acme", team=team, user="u", key_id="k")
    policy = load_set(tmp_path, vocabulary()).resolve(principal, "openai_chat")
    assert {e.subject: e.rule for e in explanation.entities} == {
        name: policy.rule_for(Entity(name)).rule for name in found
    }


def test_what_is_kept_is_the_least_that_any_policy_wants(tmp_path: Path) -> None:
    """The stricter word decides, and the milder one is heard."""
    write_policies(
        tmp_path,
        base=policy_text("base", "pii: {default: {action: token}}\nstore: never"),
        crm=policy_text("crm", "pii: {default: {action: token}}"),
    )
    facts = Facts(tenant="acme", team="crm", surface="openai_chat")

    decided = explain(load_set(tmp_path, vocabulary()), facts).store

    assert decided is not None
    assert (decided.subject, decided.said, decided.rule) == ("store", "never", "base/store")
    assert [(v.rule, v.said, v.because) for v in decided.others] == [
        ("crm/store", "asked", "never keeps less")
    ]


def test_what_is_given_again_is_what_every_policy_lets(tmp_path: Path) -> None:
    """The stricter word decides, and the milder one is heard."""
    write_policies(
        tmp_path,
        base=policy_text("base", "pii: {default: {action: token}}\ncache: all"),
        crm=policy_text("crm", "pii: {default: {action: token}}"),
    )
    facts = Facts(tenant="acme", team="crm", surface="openai_chat")

    decided = explain(load_set(tmp_path, vocabulary()), facts).cache

    assert decided is not None
    assert (decided.subject, decided.said, decided.rule) == ("cache", "impersonal", "crm/cache")
    assert [(v.rule, v.said, v.because) for v in decided.others] == [
        ("base/cache", "all", "impersonal is stricter")
    ]
