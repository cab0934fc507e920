"""Checks of a log: each fails by what it is there for, and is not tested without a log."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.audit.exchanges import Exchange
from guardrail_gw.audit.findings import Code, Verdict, finding
from guardrail_gw.audit.report import Report, Unpaired
from guardrail_gw.compliance.log import CHECKS, Looked, Seen, check_log
from guardrail_gw.compliance.result import Status
from tests.support.audit_world import SteadyClock, files, judged, pair, world

ALLOWED = {"decision": "allowed", "lawful": ["eu"], "policy": "sha256:00", "documents": ["base"]}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Of a small log that is whole."""
    made = world(tmp_path_factory.mktemp("log"))
    ledger = made.ledger(SteadyClock())
    ledger.open()
    ledger.append([pair(1)])
    ledger.close()
    return judged(files(made.log), made.public)


def exchange(intent: dict[str, Any], *deployments: str) -> Exchange:
    """One that was tried at these deployments."""
    outcome = {"attempts": [{"deployment": d} for d in deployments]}
    return Exchange(index=7, intent=intent, outcome=outcome, outcome_index=8)


def statuses(report: Report | None, *found: Exchange) -> dict[str, Status]:
    """How the checks go."""
    looked = Looked(report=report, seen=Seen.of(found) if found else None)
    return {name: result.status for name, result in check_log(looked).items()}


def test_a_log_that_is_whole_passes(report: Report) -> None:
    """Every check passes for a lawful exchange and a refused one that stayed here."""
    found = statuses(report, exchange(ALLOWED, "eu"), exchange({"decision": "blocked"}))

    assert set(found.values()) == {Status.PASS}


def test_without_a_log_nothing_is_tested() -> None:
    """What nobody looked at has not passed."""
    assert set(statuses(None).values()) == {Status.NOT_TESTED}


@pytest.mark.parametrize(
    ("check", "broken"),
    [
        ("attempts-lawful", exchange(ALLOWED, "eu", "us")),
        ("nothing-sent-after-refusal", exchange({"decision": "refused"}, "us")),
        ("policy-on-record", exchange({**ALLOWED, "policy": None}, "eu")),
    ],
)
def test_a_breach_is_named_by_its_record(report: Report, check: str, broken: Exchange) -> None:
    """One exchange that breaks a rule fails its check only, with the record's index."""
    results = check_log(Looked(report=report, seen=Seen.of([broken])))

    failed = {name for name, result in results.items() if result.status is Status.FAIL}
    assert failed == {check}
    assert "records 7" in results[check].said


@pytest.mark.parametrize(
    ("check", "change"),
    [
        ("log-verifies", {"verdict": Verdict.INCOMPLETE}),
        ("intents-have-outcomes", {"unpaired": (Unpaired(index=3, ts_us=0),)}),
        ("records-signed", {"signed": 0}),
    ],
)
def test_a_log_with_a_fault_fails(report: Report, check: str, change: dict[str, Any]) -> None:
    """Each fault fails its check."""
    assert statuses(replace(report, **change))[check] is Status.FAIL


def test_what_was_tampered_with_proves_nothing(report: Report) -> None:
    """The contents of a log that was altered pass no check."""
    altered = replace(
        report, verdict=Verdict.TAMPERED, findings=(finding(Code.RECORD_CORRUPT, ""),)
    )

    found = statuses(altered, exchange(ALLOWED, "eu"))

    assert found["log-verifies"] is Status.FAIL
    assert found["attempts-lawful"] is Status.NOT_TESTED


def test_what_cannot_be_verified_is_not_tested(report: Report, tmp_path: Path) -> None:
    """Neither yes nor no."""
    found = statuses(replace(report, verdict=Verdict.UNVERIFIABLE))

    assert set(found.values()) == {Status.NOT_TESTED}
    assert found.keys() == CHECKS.keys()
