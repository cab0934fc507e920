"""OSCAL documents: what they say, and that another implementation reads them."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.compliance.assess import assess
from guardrail_gw.compliance.controls import Controls
from guardrail_gw.compliance.oscal import assessment_results, component_definition
from guardrail_gw.compliance.result import Status
from guardrail_gw.core.shipped import shipped
from tests.house.sources import ROOT
from tests.support.audit_world import START_US
from tests.unit.compliance.test_statements import REPORT

CONTROLS = Controls.load(shipped("compliance"))
RUN = {test: Status.PASS for control in CONTROLS.controls for test in control.tests}
TRESTLE = ROOT / "build" / "oscal" / "bin" / "python"
READER = ROOT / "tests" / "oscal" / "read_documents.py"


def documents() -> dict[str, Any]:
    """Both, of an assessment with a test run and a log."""
    assessment = assess(CONTROLS, run=RUN)
    return {
        **component_definition(assessment, made_us=START_US),
        **assessment_results(assessment, REPORT, made_us=START_US, plan="#no-plan"),
    }


def test_every_finding_rests_on_observations() -> None:
    """Each names observations that are there, and each check is one observation."""
    (result,) = documents()["assessment-results"]["results"]

    observed = {each["uuid"] for each in result["observations"]}
    related = {o["observation-uuid"] for f in result["findings"] for o in f["related-observations"]}
    assert related <= observed
    assert len(observed) == len(result["observations"])
    assert all(finding["related-observations"] for finding in result["findings"])


def test_only_what_passed_is_satisfied() -> None:
    """A finding is satisfied where every check passed, and what is not tested is not."""
    assessment = assess(CONTROLS, run=RUN)
    states = {m.clause.clause: m.status for m in assessment.clauses}

    (result,) = documents()["assessment-results"]["results"]

    for finding in result["findings"]:
        satisfied = finding["target"]["status"]["state"] == "satisfied"
        assert satisfied is (states[finding["title"]] is Status.PASS)
    assert {f["target"]["status"]["state"] for f in result["findings"]} == {
        "satisfied",
        "not-satisfied",
    }


def test_what_is_not_claimed_is_not_implemented() -> None:
    """Clauses without a control are in neither document."""
    (component,) = documents()["component-definition"]["components"]
    (implementation,) = component["control-implementations"]

    named = {each["control-id"] for each in implementation["implemented-requirements"]}
    assert "au-2" in named
    assert "au-8" not in named


def test_the_same_makes_the_same() -> None:
    """Two documents of one assessment differ in nothing."""
    assert documents() == documents()


def read(folder: Path) -> subprocess.CompletedProcess[str]:
    """What compliance-trestle makes of a folder."""
    return subprocess.run(
        [TRESTLE, READER, folder], capture_output=True, text=True, check=False, timeout=100
    )


@pytest.mark.allow_blocking
@pytest.mark.skipif(not TRESTLE.exists(), reason="no compliance-trestle; `make oscal` installs it")
def test_another_implementation_reads_them(tmp_path: Path) -> None:
    """compliance-trestle takes both documents, and takes neither with a field that OSCAL lacks."""
    written = documents()
    for name, body in written.items():
        (tmp_path / f"{name}.json").write_text(json.dumps({name: body}), encoding="utf-8")

    good = read(tmp_path)
    spoilt = {"component-definition": {**written["component-definition"], "verdict": "good"}}
    (tmp_path / "component-definition.json").write_text(json.dumps(spoilt), encoding="utf-8")

    assert good.returncode == 0, good.stderr
    assert "1.2.1" in good.stdout
    assert read(tmp_path).returncode != 0
