"""Controls and results in OSCAL 1.2.1, for tools that gather evidence.

Made as plain JSON, since the format is data; a test has compliance-trestle read it. The catalogue
is NIST SP 800-53: a requirement is a control of its family AU, and names our controls.

Source: https://pages.nist.gov/OSCAL-Reference/models/v1.2.1/json-outline/
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from guardrail_gw import __version__
from guardrail_gw.audit.report import Report
from guardrail_gw.compliance.assess import Assessed, Assessment, Mapped
from guardrail_gw.compliance.result import Status

VERSION = "1.2.1"
CATALOGUE = "sp800-53"
_NAMESPACE = UUID("7f3a1c52-0f4e-5b0a-9a4e-2f7f7a6f1d11")
_OURS = "https://guardrail-gw.example/ns/oscal"
_METHODS = {"test": "TEST", "configuration": "EXAMINE", "log": "EXAMINE"}

Document = dict[str, Any]


def component_definition(assessment: Assessment, *, made_us: int) -> Document:
    """What the gateway implements, claim by claim."""
    body = {
        "uuid": _uuid("component-definition"),
        "metadata": _metadata("guardrail-gw: component definition", made_us),
        "components": [
            {
                "uuid": _uuid("component"),
                "type": "software",
                "title": "guardrail-gw",
                "description": "A governance gateway for LLM traffic.",
                "props": [_prop("version", __version__)],
                "control-implementations": [_implementation(assessment)],
            }
        ],
    }
    return {"component-definition": body}


def assessment_results(
    assessment: Assessment, report: Report | None, *, made_us: int, plan: str
) -> Document:
    """How the checks went: an observation for each, a finding for each control of the catalogue.

    Args:
        assessment: the checks.
        report: of the log, whose root goes with what was seen in it.
        made_us: when they were made.
        plan: the address of the assessment plan.
    """
    when = _time(made_us)
    mapped = list(_catalogue(assessment))
    result = {
        "uuid": _uuid("result", when),
        "title": "Checks by machine",
        "description": "Pass, fail or not tested; evidence for an assessment, not the assessment.",
        "start": when,
        "end": when,
        "props": list(_log_props(report)),
        "reviewed-controls": {
            "control-selections": [
                {"include-controls": [{"control-id": _control_id(each)} for each in mapped]}
            ]
        },
        "observations": [_observation(a, n, when) for a in assessment.controls for n in _range(a)],
        "findings": [_finding(assessment, each, when) for each in mapped],
    }
    if not result["props"]:
        del result["props"]
    body = {
        "uuid": _uuid("assessment-results", when),
        "metadata": _metadata("guardrail-gw: results of checks by machine", made_us),
        "import-ap": {"href": plan},
        "results": [result],
    }
    return {"assessment-results": body}


def _implementation(assessment: Assessment) -> Document:
    mapped = list(_catalogue(assessment))
    return {
        "uuid": _uuid("implementation"),
        "source": mapped[0].framework.source,
        "description": "Controls of the family AU that the gateway supports.",
        "implemented-requirements": [_requirement(assessment, each) for each in mapped],
    }


def _requirement(assessment: Assessment, mapped: Mapped) -> Document:
    stated = [a.control.statement for a in _supporting(assessment, mapped)]
    return {
        "uuid": _uuid("requirement", mapped.clause.clause),
        "control-id": _control_id(mapped),
        "description": " ".join(stated),
        "props": [_prop("control", name) for name in mapped.clause.controls],
        "remarks": f"What remains: {mapped.clause.remains}",
    }


def _range(assessed: Assessed) -> range:
    return range(len(assessed.results))


def _observation(assessed: Assessed, number: int, when: str) -> Document:
    result = assessed.results[number]
    return {
        "uuid": _uuid("observation", when, assessed.control.id, result.check),
        "title": result.check,
        "description": result.said,
        "props": [_prop("result", result.status.value.replace(" ", "-"))],
        "methods": [_METHODS[result.kind]],
        "types": ["control-objective"],
        "relevant-evidence": [{"description": assessed.control.evidence}],
        "collected": when,
    }


def _finding(assessment: Assessment, mapped: Mapped, when: str) -> Document:
    passed = mapped.status is Status.PASS
    reasons = {Status.PASS: "pass", Status.FAIL: "fail", Status.NOT_TESTED: "other"}
    status = {
        "state": "satisfied" if passed else "not-satisfied",
        "reason": reasons[mapped.status or Status.NOT_TESTED],
        "remarks": f"Checks by machine: {mapped.status}. What remains: {mapped.clause.remains}",
    }
    related = [
        {"observation-uuid": _uuid("observation", when, a.control.id, result.check)}
        for a in _supporting(assessment, mapped)
        for result in a.results
    ]
    return {
        "uuid": _uuid("finding", when, mapped.clause.clause),
        "title": mapped.clause.clause,
        "description": mapped.clause.topic,
        "target": {
            "type": "objective-id",
            "target-id": f"{_control_id(mapped)}_obj",
            "status": status,
        },
        "related-observations": related,
    }


def _catalogue(assessment: Assessment) -> Iterator[Mapped]:
    """Clauses of the catalogue for which a control is claimed."""
    for mapped in assessment.clauses:
        if mapped.framework.framework == CATALOGUE and mapped.clause.controls:
            yield mapped


def _supporting(assessment: Assessment, mapped: Mapped) -> list[Assessed]:
    return [a for a in assessment.controls if a.control.id in mapped.clause.controls]


def _log_props(report: Report | None) -> Iterator[Document]:
    if report is not None:
        yield _prop("log-verdict", report.verdict.name.lower())
        yield _prop("log-records", str(report.records))
        if report.root:
            yield _prop("log-root", report.root)


def _metadata(title: str, made_us: int) -> Document:
    return {
        "title": title,
        "last-modified": _time(made_us),
        "version": __version__,
        "oscal-version": VERSION,
    }


def _control_id(mapped: Mapped) -> str:
    return mapped.clause.clause.lower()


def _prop(name: str, value: str) -> Document:
    return {"name": name, "ns": _OURS, "value": value}


def _uuid(*parts: str) -> str:
    """The same for the same thing, so that documents can be compared."""
    return str(uuid5(_NAMESPACE, "/".join(parts)))


def _time(ts_us: int) -> str:
    return datetime.fromtimestamp(ts_us / 1e6, tz=UTC).isoformat(timespec="seconds")
