"""`guardrail-gw audit prove` and `check`: one record, shown to somebody who has not the log."""

import sys
from pathlib import Path
from typing import Any, NoReturn

import click
import orjson
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from guardrail_gw.audit.record import RecordError
from guardrail_gw.audit.review import check_proof, prove_record
from guardrail_gw.cli.audit_folder import FILE, FOLDER, beside, time_of


@click.command(name="prove")
@click.argument("directory", type=FOLDER)
@click.argument("index", type=click.IntRange(min=0))
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="A file; else standard output."
)
def prove_record_of(directory: Path, index: int, out: Path | None) -> None:
    """Prove that record INDEX is in a log: a C2SP tlog-proof, to be checked without the log.

    Exit codes: 0 proved, 1 the log is not what was signed, 2 no checkpoint covers the record yet,
    3 a record is of a form that is not known here.
    """
    try:
        proof = prove_record(directory, index)
    except RecordError as error:
        _refuse(error)
    if out is None:
        sys.stdout.buffer.write(proof)
    else:
        out.write_bytes(proof)


@click.command(name="check")
@click.argument("proof", type=FILE)
@click.option("--public", type=FOLDER, help="The audit-public folder (found beside PROOF).")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def check_record(proof: Path, public: Path | None, as_json: bool) -> None:
    """Check a proof with public keys only, without the log.

    Exit codes: 0 the record is in the log, 1 that is not shown, 3 it is no proof, of another
    gateway's log, or of a form that is not known here.
    """
    try:
        leaf = check_proof(proof, public or beside(proof))
    except RecordError as error:
        _refuse(error)
    _tell(leaf, as_json=as_json)


def _tell(leaf: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(leaf) + b"\n")
        return
    table = Table.grid(padding=(0, 2))
    table.add_row("Log", leaf["origin"])
    table.add_row("Record", f"{leaf['seq']}, {leaf['kind']}, {time_of(leaf['ts'])}")
    for name, what in (("xm", "What is said of it"), ("xc", "Its content")):
        if name in leaf:
            table.add_row(what, f"sealed, sha256 {leaf[name]}")
    Console().print(
        Panel(table, title="[bold green]in the log[/]", title_align="left", border_style="green")
    )


def _refuse(error: RecordError) -> NoReturn:
    Console(stderr=True).print(f"[bold red]not shown:[/] {error}", highlight=False)
    sys.exit(error.exit_code)
