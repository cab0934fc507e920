"""`guardrail-gw audit bundle`: a log to hand over."""

from pathlib import Path

import click
from rich.console import Console

from guardrail_gw.audit.bundle import write_bundle
from guardrail_gw.cli.audit_folder import FOLDER, beside


@click.command(name="bundle")
@click.argument("directory", type=FOLDER)
@click.option("--public", type=FOLDER, help="The audit-public folder (found beside DIRECTORY).")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("audit-bundle.zip"),
    show_default=True,
)
def bundle_log(directory: Path, public: Path | None, out: Path) -> None:
    """Pack a log with its public keys, its format, and a checker that needs no gateway."""
    segments = write_bundle(directory, public or beside(directory), out)
    Console().print(f"{out}: {segments} segment(s), public keys, a checker; no private key")
