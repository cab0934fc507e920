"""Checks brought together by control and by clause."""

from collections.abc import Mapping
from dataclasses import dataclass

from guardrail_gw.compliance import configuration, contracts
from guardrail_gw.compliance.configuration import Configured, run_checks
from guardrail_gw.compliance.controls import Clause, Control, Controls, Framework
from guardrail_gw.compliance.log import Looked, check_log
from guardrail_gw.compliance.result import Result, Status, worst
from guardrail_gw.compliance.trial import check_tests


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """One control and its checks."""

    control: Control
    status: Status
    results: tuple[Result, ...]

    def count(self, status: Status) -> int:
        """How many of its checks went so."""
        return sum(result.status is status for result in self.results)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """One clause and how the controls that support it went."""

    framework: Framework
    clause: Clause
    status: Status | None
    """None: no control is claimed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Everything that was checked."""

    controls: tuple[Assessed, ...]
    clauses: tuple[Mapped, ...]

    @property
    def status(self) -> Status:
        """Of the whole."""
        return worst(each.status for each in self.controls)

    def count(self, status: Status) -> int:
        """How many controls went so."""
        return sum(each.status is status for each in self.controls)


def assess(
    controls: Controls,
    *,
    configured: Configured | None = None,
    looked: Looked | None = None,
    run: Mapping[str, Status] | None = None,
) -> Assessment:
    """Run every check for which there is something to look at.

    Args:
        controls: what is claimed.
        configured: a gateway's configuration; None: its checks are not tested.
        looked: a log; None: likewise.
        run: a test run, by `trial.read_run`; None: likewise.
    """
    by_name = run_checks({**configuration.CHECKS, **contracts.CHECKS}, configured)
    log = check_log(looked or Looked())
    assessed = []
    for control in controls.controls:
        results = (
            *(by_name[name] for name in control.configuration),
            *(log[name] for name in control.log),
            *check_tests(control.tests, run).values(),
        )
        status = worst(result.status for result in results)
        assessed.append(Assessed(control=control, status=status, results=results))
    return Assessment(controls=tuple(assessed), clauses=_mapped(controls, assessed))


def _mapped(controls: Controls, assessed: list[Assessed]) -> tuple[Mapped, ...]:
    by_id = {each.control.id: each.status for each in assessed}
    return tuple(
        Mapped(
            framework=framework,
            clause=clause,
            status=worst(by_id[c] for c in clause.controls) if clause.controls else None,
        )
        for framework in controls.frameworks
        for clause in framework.clauses
    )
