"""Other policies tried on records of what was found."""

from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.policy.change import Change, Way
from guardrail_gw.policy.explanation import Place
from guardrail_gw.policy.replay import Intent, Replay, facts_of, is_judged, replay
from guardrail_gw.policy.source import PolicySet, load_set
from guardrail_gw.redaction.admission import ATTACHMENTS_RULE
from tests.support.policies import policy_text, vocabulary, write_policies

EU = "residency: {allow_jurisdictions: [EU], when: pii_detected}"
PLACES = {
    "eu": Place(inference=frozenset({"DE"}), storage=frozenset({"DE"})),
    "us": Place(inference=frozenset({"US"}), storage=frozenset({"US"})),
}


def policies(folder: Path, action: str, more: str = "") -> PolicySet:
    """A folder that does this with IBANs."""
    folder.mkdir()
    line = f"pii: {{default: {{action: token}}, entities: {{IBAN_CODE: {{action: {action}}}}}}}"
    write_policies(folder, base=policy_text(spec=f"{line}\n{more}"))
    return load_set(folder, vocabulary())


def intent(policy: str = "sha256:then", **more: Any) -> dict[str, Any]:
    """An intent record's metadata."""
    return {
        "request": "r",
        "surface": "openai_chat",
        "tenant": "acme",
        "team": "crm",
        "policy": policy,
        "decision": "allowed",
        "entities": {"IBAN_CODE": 2},
        "rules": [],
        "lawful": ["eu", "us"],
        "rejected": [],
        **more,
    }


def tried(
    candidate: PolicySet, *said: dict[str, Any], former: tuple[PolicySet, ...] = ()
) -> Replay:
    """The outcome of trying it on these."""
    records = [Intent(index=10 + i, said=each) for i, each in enumerate(said)]
    return replay(records, candidate, former=former, places=PLACES)


def test_against_the_policies_of_that_time_every_respect_counts(tmp_path: Path) -> None:
    """With the former folder, what is done with each kind of data is compared."""
    old, new = policies(tmp_path / "old", "mask"), policies(tmp_path / "new", "block", EU)

    found = tried(new, intent(old.digest), intent(old.digest, entities={}), former=(old,))

    assert (found.requests, found.judged, found.differ, found.by_record) == (2, 2, 1, 0)
    assert dict(found.changes) == {
        Change(subject="outcome", before="allow", after="policy.blocked", way=Way.NARROWS): 1,
        Change(subject="IBAN_CODE", before="mask", after="block", way=Way.NARROWS): 1,
    }
    assert set(map(tuple, found.examples.values())) == {(10,)}


@pytest.mark.parametrize(
    ("before", "after", "way"),
    [
        ("redact", "mask", Way.WIDENS),
        ("ignore", "token", Way.NARROWS),
        ("hash", "mask", Way.NARROWS),
    ],
)
def test_a_milder_action_widens(tmp_path: Path, before: str, after: str, way: Way) -> None:
    """Which of two actions is the stricter decides the way, whatever the outcome."""
    old, new = policies(tmp_path / "old", before), policies(tmp_path / "new", after)

    found = tried(new, intent(old.digest), former=(old,))

    assert [(c.before, c.after, c.way) for c in found.changes] == [(before, after, way)]


def test_against_the_record_outcome_and_places_count(tmp_path: Path) -> None:
    """Without the former folder, what the record itself says is compared."""
    found = tried(policies(tmp_path / "new", "mask", EU), intent(), intent(entities={}))

    assert found.by_record == 2
    assert dict(found.changes) == {
        Change(subject="deployments", before="eu, us", after="eu", way=Way.NARROWS): 1
    }


def test_what_was_refused_and_would_pass_widens(tmp_path: Path) -> None:
    """A blocked request's findings are in its refusal's facts, and are tried all the same."""
    blocked = intent(
        decision="blocked",
        code="policy.blocked",
        entities=None,
        lawful=None,
        facts={"entities": {"IBAN_CODE": 1}},
    )

    found = tried(policies(tmp_path / "new", "token"), blocked)
    still = tried(policies(tmp_path / "still", "block"), blocked)

    assert still.differ == 0
    (change,) = found.changes
    assert (change.before, change.after, change.way) == ("policy.blocked", "allow", Way.WIDENS)


@pytest.mark.parametrize(
    "said",
    [
        {"decision": "refused", "code": "auth.unknown_key"},
        intent(decision="refused", code="detection.unavailable"),
        intent(decision="refused", code="model.unknown"),
    ],
)
def test_what_no_policy_decided_is_left_out(tmp_path: Path, said: dict[str, Any]) -> None:
    """A stranger's request, or one that met a fault, says nothing about policies."""
    found = tried(policies(tmp_path / "new", "block"), said)

    assert not is_judged(said)
    assert (found.requests, found.judged, found.differ) == (1, 0, 0)


def test_a_record_that_its_own_policies_do_not_explain_is_counted(tmp_path: Path) -> None:
    """A score too low to count, or an allowed value, is not on record; that is told."""
    old = policies(tmp_path / "old", "block")

    found = tried(old, intent(old.digest), former=(old,))

    assert (found.not_reproduced, found.differ) == (1, 0)


def test_facts_are_read_from_every_place_of_a_record() -> None:
    """Attachments, features and deployments come from rules and from a refusal's facts."""
    said = intent(
        rules=[ATTACHMENTS_RULE],
        lawful=["eu"],
        rejected=[{"deployment": "us"}, {"deployment": "gone"}],
        facts={"features": ["storage", "unheard of"]},
    )

    facts = facts_of(said, PLACES)

    assert facts.attachments
    assert facts.features == {"storage"}
    assert facts.places == PLACES


def test_a_few_examples_are_kept(tmp_path: Path) -> None:
    """Of many requests with the same difference, five are named."""
    found = tried(policies(tmp_path / "new", "block"), *[intent() for _ in range(50)])

    assert list(found.changes.values()) == [50]
    assert list(found.examples.values()) == [[10, 11, 12, 13, 14]]


@pytest.mark.parametrize(
    ("when", "record", "blocked"),
    [
        ("found.IBAN_CODE >= 2", {}, True),
        ("found.IBAN_CODE >= 3", {}, False),
        ("'model == \"large\" && stream'", {"model": "large", "stream": True}, True),
        ("'model == \"large\" && stream'", {"model": "large", "stream": False}, False),
        ("time.hour >= 18", {"received_us": 1_764_190_000_000_000}, True),
        ("time.hour >= 18", {"received_us": 1_764_150_000_000_000}, False),
        ("'user == \"anna\"'", {"user": "ben"}, False),
        ("'user == \"anna\"'", {}, True),
        ('\'tenant == "other" && user == "anna"\'', {}, False),
    ],
)
def test_conditions_are_asked_of_the_record(
    tmp_path: Path,
    when: str,
    record: dict[str, Any],
    blocked: bool,  # noqa: FBT001 - a parameter
) -> None:
    """Numbers, model and moment are on record; what is not, such as an erased name, counts."""
    policies(tmp_path / "new", "mask")
    strict = f"when: {when}\npii: {{entities: {{IBAN_CODE: {{action: block}}}}}}"
    write_policies(tmp_path / "new", strict=policy_text("strict", strict))

    found = tried(load_set(tmp_path / "new", vocabulary()), intent(**record))

    assert found.differ == blocked
