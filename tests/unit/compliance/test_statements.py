"""Records of processing and transfers, drawn from traffic."""

from dataclasses import replace
from typing import Any

import pytest

from guardrail_gw.audit.exchanges import Exchange
from guardrail_gw.audit.findings import Verdict
from guardrail_gw.audit.report import Report
from guardrail_gw.compliance.statements import (
    AFTER_END,
    NO_BASIS,
    UNKNOWN,
    Observed,
    is_sound,
    processing,
    transfers,
)
from guardrail_gw.compliance.traffic import Traffic
from guardrail_gw.core.deployment import Deployment
from tests.support.audit_world import START_US
from tests.unit.compliance.test_register import CONTRACT, DPA, EU, SCC, US, configured

REPORT = Report(
    verdict=Verdict.OK,
    origin="log.example",
    records=9,
    signed=9,
    root="ab" * 32,
    kinds={},
    epochs=1,
    checkpoints=1,
    last_us=START_US,
    closed=True,
    in_flight=0,
    unpaired=(),
    findings=(),
    notes=(),
)


def observed(
    found: Deployment = EU,
    contract: dict[str, Any] | None = None,
    sent_to: str = "d",
    verdict: Verdict = Verdict.OK,
) -> Observed:
    """One request of the team a, received at START_US, that was sent to a deployment."""
    traffic = Traffic()
    intent = {
        "decision": "allowed",
        "received_us": START_US,
        "tenant": "t",
        "team": "a",
        "policy": "sha256:00",
        "entities": {"PERSON": 2},
    }
    outcome = {"attempts": [{"deployment": sent_to}]}
    traffic.add(Exchange(index=7, intent=intent, outcome=outcome, outcome_index=8))
    return Observed(
        configured=configured(found, contract or {**CONTRACT, "dpa": DPA}),
        report=replace(REPORT, verdict=verdict),
        traffic=traffic,
    )


def test_an_activity_names_its_recipients_and_records() -> None:
    """A team's activity has purpose, kinds of data, recipient, place and evidence."""
    document = processing(observed())

    (activity,) = document["activities"]
    (recipient,) = activity["recipients"]
    assert (activity["activity"], activity["purposes"]) == ("t/a", ["Answers"])
    assert activity["categories_of_personal_data_found"] == ["PERSON"]
    assert (recipient["recipient"], recipient["inference"]) == ("Provider Ltd", ["DE"])
    assert recipient["evidence"]["records"] == "7"
    assert document["log"]["root"] == REPORT.root
    assert is_sound(document)


def test_what_only_people_know_is_left_to_them() -> None:
    """Nothing is invented for the fields of which the gateway knows nothing."""
    document = processing(observed())

    assert document["activities"][0]["categories_of_data_subjects"] is None
    assert document["for_people"]


@pytest.mark.parametrize(
    ("found", "contract", "sent_to", "findings"),
    [
        (EU, None, "d", []),
        (US, None, "d", [NO_BASIS]),
        (US, {**CONTRACT, "dpa": DPA, "transfer_mechanism": SCC}, "d", []),
        (EU, {**CONTRACT, "dpa": {**DPA, "expires": "2026-01-01"}}, "d", [AFTER_END]),
        (EU, {**CONTRACT, "dpa": {**DPA, "expires": "2036-01-01"}}, "d", []),
        (EU, None, "gone", [UNKNOWN]),
    ],
)
def test_a_transfer_without_a_basis_is_found(
    found: Deployment, contract: dict[str, Any] | None, sent_to: str, findings: list[str]
) -> None:
    """What is outside without a basis, past its end, or unknown to the configuration is told."""
    document = transfers(observed(found, contract, sent_to))

    assert document["transfers"][0]["findings"] == findings
    assert is_sound(document) is (not findings)
    assert document["unresolved"] == ([sent_to] if findings else [])


def test_a_recipient_that_nobody_configured_is_drift() -> None:
    """What was sent elsewhere and what was never used are told apart; the first is not sound."""
    document = processing(observed(sent_to="gone"))

    assert document["drift"] == {"seen_not_configured": ["gone"], "configured_not_seen": ["d"]}
    assert not is_sound(document)


@pytest.mark.parametrize("verdict", [Verdict.TAMPERED, Verdict.INCOMPLETE])
def test_a_log_that_is_not_whole_makes_nothing_sound(verdict: Verdict) -> None:
    """The document says so at its head."""
    document = transfers(observed(verdict=verdict))

    assert not is_sound(document)
    assert (document["log"]["note"] is not None) is (verdict is Verdict.TAMPERED)
