"""`guardrail-gw compliance report`: all evidence as one file of HTML."""

from pathlib import Path

import click
from rich.console import Console

from guardrail_gw.cli.compliance_sources import Sources, sources
from guardrail_gw.compliance.page import Material, page
from guardrail_gw.compliance.register import register
from guardrail_gw.observability.clock import SystemClock


@click.command(name="report")
@sources
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("compliance.html"),
    show_default=True,
    help="The file to write.",
)
@click.option("--title", default="Gateway", show_default=True, help="What the report is about.")
def report(sources: Sources, out: Path, title: str) -> None:
    """Write a report for people: one file, to read in a browser or to print as PDF.

    Exit codes: 0 written, whatever it says; 2 a file cannot be used.
    """
    found = sources.found("compliance.report")
    text = page(
        Material(
            assessment=found.assessment,
            entries=register(found.configured) if found.configured else (),
            traffic=found.traffic,
            report=found.report,
            tests=sources.tests is not None,
            title=title,
            made_us=SystemClock().now_us(),
        )
    )
    out.write_text(text, encoding="utf-8")
    Console().print(f"{out}: open it in a browser; print it for a PDF", highlight=False)
