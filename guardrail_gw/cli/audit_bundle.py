"""`guardrail-gw audit bundle`: a log to hand over."""

import time
from pathlib import Path

import click
from rich.console import Console

from guardrail_gw.audit.bundle import write_bundle
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.cli.audit_folder import FOLDER, beside, inert


@click.command(name="bundle")
@click.argument("directory", type=FOLDER)
@click.option("--public", type=FOLDER, help="The audit-public folder (found beside DIRECTORY).")
@click.option("--policies", type=FOLDER, help="A folder of policy documents that go along.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("audit-bundle.zip"),
    show_default=True,
)
def bundle_log(directory: Path, public: Path | None, policies: Path | None, out: Path) -> None:
    """Pack a log with its public keys, its format, and a checker that needs no gateway.

    A log that is damaged is packed as well: its state is told here and in the archive.
    """
    bundled = write_bundle(
        directory,
        public or beside(directory),
        out,
        policies=policies,
        now_us=time.time_ns() // 1000,
    )
    console, report = Console(), bundled.report
    console.print(f"{out}: {bundled.segments} segment(s), public keys, a checker; no private key")
    colour = "green" if report.verdict is Verdict.OK else "red"
    console.print(f"the log in it: [{colour}]{report.verdict.name.lower()}[/]")
    for found in report.findings:
        console.print(inert(f"  {found.code}: {found.what}"))
