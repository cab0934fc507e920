"""`guardrail-gw doctor`: whether a gateway that is configured so can serve on this machine."""

import asyncio
import sys
from dataclasses import asdict
from pathlib import Path

import click
import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from guardrail_gw.cli.policies import AS_JSON, FILE
from guardrail_gw.detection.arranged import detection_settings
from guardrail_gw.detection.pool import DetectorPool
from guardrail_gw.doctor.check import Check, Verdict, failed, worst
from guardrail_gw.doctor.examination import Examination
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.settings import Settings

_MARKS = {
    Verdict.OK: ("ok", "green"),
    Verdict.NOT_TESTED: ("-", "dim"),
    Verdict.WARN: ("warn", "yellow"),
    Verdict.FAIL: ("FAIL", "bold red"),
}
"""A word and a colour: where there are no colours, the word says the same."""


@click.command(name="doctor")
@click.option("--config", type=FILE, required=True, help="The gateway.yaml.")
@AS_JSON
@click.option("--bench", is_flag=True, help="Serve for some seconds and measure.")
@click.option(
    "--rps", type=click.FloatRange(min=0, min_open=True), help="With --bench: what is to be served."
)
@click.option("--strict", is_flag=True, help="Warnings count as failures.")
def command(config: Path, as_json: bool, bench: bool, rps: float | None, strict: bool) -> None:
    """Check configuration, keys, disk, clock, memory, stores, detectors and lawful hosts.

    Nothing is served, recorded or sent: hosts of lawful deployments are connected to, no others.

    Exit codes: 0 nothing fails, perhaps warnings; 1 something fails; 2 gateway.yaml cannot be used.
    """
    if rps is not None and not bench:
        raise click.UsageError("--rps says what --bench is held to; give --bench too")
    checks = asyncio.run(_examined(Settings.load(config), bench=bench, rps=rps))
    if as_json:
        document = {"verdict": worst(checks), "checks": [asdict(check) for check in checks]}
        sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        show(checks, Console())
    sys.exit(failed(checks, strict=strict))


async def _examined(settings: Settings, *, bench: bool, rps: float | None) -> list[Check]:
    clock = SystemClock()
    examination = Examination(
        settings=settings,
        detectors=DetectorPool(detection_settings(settings), clock),
        clock=clock,
        benches=bench,
        wanted_rps=rps,
    )
    return [check async for check in examination.checks()]


def show(checks: list[Check], console: Console) -> None:
    """As a table that fits, with advice below what needs some."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("check", overflow="fold")
    table.add_column("what was seen, what to do", overflow="fold")
    for check in checks:
        word, style = _MARKS[check.verdict]
        said = Text(check.said)
        if check.advice:
            said.append(f"\n→ {check.advice}", style="italic")
        table.add_row(Text(word, style=style), Text(check.name), said)
    console.print(table)
    counts = ", ".join(f"{sum(c.verdict is each for c in checks)} {each}" for each in Verdict)
    console.print(counts, markup=False, highlight=False)
