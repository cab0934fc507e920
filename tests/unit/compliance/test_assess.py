"""Checks by control and clause."""

import pytest

from guardrail_gw.compliance.assess import assess
from guardrail_gw.compliance.controls import Controls
from guardrail_gw.compliance.result import Status, worst
from guardrail_gw.core.shipped import shipped

CONTROLS = Controls.load(shipped("compliance"))


@pytest.mark.parametrize(
    ("statuses", "whole"),
    [
        ([Status.PASS, Status.PASS], Status.PASS),
        ([Status.PASS, Status.NOT_TESTED], Status.NOT_TESTED),
        ([Status.NOT_TESTED, Status.FAIL], Status.FAIL),
        ([], Status.NOT_TESTED),
    ],
)
def test_the_whole_is_as_its_worst_part(statuses: list[Status], whole: Status) -> None:
    """One failure fails the whole; nothing at all is no pass."""
    assert worst(statuses) is whole


def test_nothing_given_is_nothing_tested() -> None:
    """Without anything to look at, no control and no clause passes."""
    assessment = assess(CONTROLS)

    assert assessment.status is Status.NOT_TESTED
    assert {mapped.status for mapped in assessment.clauses} == {Status.NOT_TESTED, None}


def test_a_failed_test_reaches_every_clause_of_its_control() -> None:
    """A run in which one test fails fails its control and the clauses that rest on it."""
    run = {test: Status.PASS for control in CONTROLS.controls for test in control.tests}
    silence = next(control for control in CONTROLS.controls if control.id == "silence")
    run[silence.tests[0]] = Status.FAIL

    assessment = assess(CONTROLS, run=run)

    failed = {m.clause.clause for m in assessment.clauses if m.status is Status.FAIL}
    resting = {m.clause.clause for m in assessment.clauses if "silence" in m.clause.controls}
    assert failed == resting
    assert [a.control.id for a in assessment.controls if a.status is Status.FAIL] == ["silence"]


def test_a_clause_without_a_control_has_no_status() -> None:
    """Where nothing is claimed, nothing passes."""
    unclaimed = [m for m in assess(CONTROLS).clauses if not m.clause.controls]

    assert unclaimed
    assert all(mapped.status is None for mapped in unclaimed)
