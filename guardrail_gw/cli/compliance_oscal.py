"""`guardrail-gw compliance oscal`: controls and results for tools that gather evidence."""

from pathlib import Path

import click
import orjson
from rich.console import Console

from guardrail_gw.cli.compliance_sources import Sources, sources
from guardrail_gw.compliance.oscal import assessment_results, component_definition
from guardrail_gw.observability.clock import SystemClock


@click.command(name="oscal")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@sources
@click.option(
    "--plan",
    default="#no-plan",
    show_default=True,
    help="Address of the assessment plan that the results belong to.",
)
def oscal(folder: Path, sources: Sources, plan: str) -> None:
    """Write component-definition.json and assessment-results.json (OSCAL 1.2.1) to FOLDER.

    Exit codes: 0 written, whatever they say; 2 a file cannot be used.
    """
    found, now_us = sources.found("compliance.oscal"), SystemClock().now_us()
    folder.mkdir(parents=True, exist_ok=True)
    documents = (
        component_definition(found.assessment, made_us=now_us),
        assessment_results(found.assessment, found.report, made_us=now_us, plan=plan),
    )
    for document in documents:
        (name,) = document
        path = folder / f"{name}.json"
        path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
        Console().print(str(path), highlight=False)
