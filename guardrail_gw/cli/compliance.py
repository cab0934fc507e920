"""`guardrail-gw compliance`: evidence; whether a law is kept is not for a command to say."""

import sys
from collections.abc import Iterable
from dataclasses import asdict

import click
import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from guardrail_gw.cli.compliance_oscal import oscal
from guardrail_gw.cli.compliance_processors import processors
from guardrail_gw.cli.compliance_report import report
from guardrail_gw.cli.compliance_sources import Sources, sources
from guardrail_gw.cli.compliance_statements import ropa, transfers
from guardrail_gw.compliance.assess import Assessed, Assessment, Mapped
from guardrail_gw.compliance.result import Status

_CODES = {Status.PASS: 0, Status.FAIL: 1, Status.NOT_TESTED: 3}
_COLOURS = {Status.PASS: "green", Status.FAIL: "bold red", Status.NOT_TESTED: "yellow"}


@click.group(name="compliance")
def command() -> None:
    """Evidence for assessments: controls, checks, registers."""


for _each in (oscal, processors, report, ropa, transfers):
    command.add_command(_each)


@command.command(name="check")
@sources
@click.option("--framework", "frameworks", multiple=True, help="Show its clauses too; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def check(sources: Sources, frameworks: tuple[str, ...], as_json: bool) -> None:
    """Check the controls by machine: pass, fail, or not tested for want of something to look at.

    Exit codes: 0 all pass, 1 something fails, 2 a file cannot be used, 3 something is not tested.
    """
    assessment = sources.found("compliance.check").assessment
    known = {mapped.framework.framework for mapped in assessment.clauses}
    if unknown := sorted(set(frameworks) - known):
        raise click.BadParameter(
            f"{', '.join(unknown)}: give some of {', '.join(sorted(known))}",
            param_hint="--framework",
        )
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(plain(assessment), option=orjson.OPT_INDENT_2) + b"\n")
    else:
        _print(assessment, frameworks)
    sys.exit(_CODES[assessment.status])


def plain(assessment: Assessment) -> dict[str, object]:
    """For machines."""
    return {
        "status": assessment.status,
        "controls": [
            {
                "control": each.control.id,
                "status": each.status,
                "statement": each.control.statement,
                "limits": each.control.limits,
                "checks": [asdict(result) for result in each.results],
            }
            for each in assessment.controls
        ],
        "clauses": [_plain_clause(mapped) for mapped in assessment.clauses],
    }


def _plain_clause(mapped: Mapped) -> dict[str, object]:
    since = mapped.clause.applies_from
    return {
        "framework": mapped.framework.framework,
        "clause": mapped.clause.clause,
        "topic": mapped.clause.topic,
        "status": mapped.status,
        "controls": mapped.clause.controls,
        "remains": mapped.clause.remains,
        "applies_from": since.isoformat() if since else None,
    }


def _print(assessment: Assessment, frameworks: Iterable[str]) -> None:
    console = Console()
    console.print(_controls(assessment))
    for each in assessment.controls:
        for result in each.results:
            if result.status is Status.FAIL:
                line = f"{each.control.id}: {result.check}: {result.said}"
                console.print(Text(line, style="red"))
    for name in frameworks:
        console.print(_clauses(assessment, name))
    console.print("Evidence for an assessment, not the assessment: docs/compliance.md")


def _controls(assessment: Assessment) -> Table:
    counts = ", ".join(f"{assessment.count(status)} {status}" for status in Status)
    table = Table(title=counts, box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column("control", no_wrap=True)
    table.add_column("", no_wrap=True)
    for status in Status:
        table.add_column(status, justify="right")
    for each in assessment.controls:
        table.add_row(each.control.id, _mark(each.status), *_counts(each))
    return table


def _counts(each: Assessed) -> Iterable[str]:
    return (str(each.count(status) or "") for status in Status)


def _clauses(assessment: Assessment, name: str) -> Table:
    mapped = [m for m in assessment.clauses if m.framework.framework == name]
    table = Table(title=mapped[0].framework.name, box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("clause", "", "controls", "what remains"):
        table.add_column(heading, overflow="fold")
    for each in mapped:
        mark = _mark(each.status) if each.status else Text("no control")
        controls = " ".join(each.clause.controls)
        table.add_row(each.clause.clause, mark, controls, each.clause.remains)
    return table


def _mark(status: Status) -> Text:
    return Text(status, style=_COLOURS[status])
