"""`guardrail-gw audit tiles`: a log for readers of transparency logs."""

import sys
from pathlib import Path

import click
from rich.console import Console

from guardrail_gw.audit.findings import Verdict
from guardrail_gw.audit.publish import publish
from guardrail_gw.audit.record import RecordError
from guardrail_gw.cli.audit_folder import FOLDER, beside
from guardrail_gw.keys.audit_keys import load_public


@click.command(name="tiles")
@click.argument("directory", type=FOLDER)
@click.option("--public", type=FOLDER, help="The audit-public folder (found beside DIRECTORY).")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("audit-tiles"),
    show_default=True,
    help="The folder that a web server serves as the log's prefix.",
)
def write_tiles(directory: Path, public: Path | None, out: Path) -> None:
    """Write a log's tree as C2SP tlog-tiles, which other implementations read and verify.

    Tiles hold the public leaves of the records and their hashes; nothing that is sealed is in them.
    """
    key = load_public(public or beside(directory)).origin
    try:
        point = publish(directory, key, out).checkpoint
    except RecordError as error:
        Console(stderr=True).print(f"[bold red]not written:[/] {error}", highlight=False)
        sys.exit(int(Verdict.TAMPERED))
    console = Console()
    console.print(f"{out}: {point.size} records of {point.origin}", highlight=False)
    console.print(
        f"verifier key: {key.named(point.origin).vkey()}", highlight=False, soft_wrap=True
    )
