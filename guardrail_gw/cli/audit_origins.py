"""`guardrail-gw audit origins`: whether every log that was begun is here, and whole."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.table import Table

from guardrail_gw.audit.findings import Verdict
from guardrail_gw.audit.record import RecordError
from guardrail_gw.audit.review import Elsewhere, verify_directory
from guardrail_gw.audit.standing import Standing, read_listing, standing, worst_of
from guardrail_gw.cli.audit_folder import FOLDER, beside, inert, time_of
from guardrail_gw.keys.audit_keys import load_public

_MISSING = "missing"
_UNSIGNED = "never signed"


@click.command(name="origins")
@click.argument("registry", type=FOLDER)
@click.argument("logs", type=FOLDER, nargs=-1)
@click.option("--public", type=FOLDER, help="The audit-public folder (found beside REGISTRY).")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def list_origins(
    registry: Path, logs: tuple[Path, ...], public: Path | None, as_json: bool
) -> None:
    """List every log that gateways of one origin key have begun, and verify those in LOGS.

    LOGS are logs' folders, or folders that hold them. A log that was begun and signed and is in
    none of them is missing.

    Exit codes: 0 all are here and ok, 1 one is tampered, 2 one is missing or incomplete,
    3 one is unverifiable.
    """
    keys = public or beside(registry)
    try:
        found = standing(read_listing(registry, load_public(keys).origin), logs)
    except (RecordError, OSError) as error:
        Console(stderr=True).print(f"[bold red]tampered:[/] {error}", highlight=False)
        sys.exit(int(Verdict.TAMPERED))
    rows = [row for each in found for row in _rows(each, registry, keys)]
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(rows, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        Console().print(_table(rows))
    sys.exit(int(worst_of(Verdict[str(row["verdict"]).upper()] for row in rows)))


def _rows(each: Standing, registry: Path, keys: Path) -> Iterator[dict[str, object]]:
    """One for each copy of the log, or one that says that it is not here."""
    about = {
        "origin": each.origin.origin,
        "began": time_of(each.origin.began_us),
        "signed": each.point.size if each.point else 0,
    }
    if not each.folders:
        verdict = Verdict.INCOMPLETE if each.missing else Verdict.OK
        where = _MISSING if each.missing else _UNSIGNED
        yield {**about, "where": where, "records": 0, "verdict": verdict.name.lower()}
    for folder in each.folders:
        now_us = time.time_ns() // 1000
        beside_it = Elsewhere(registry=registry)
        report = verify_directory(folder, keys, elsewhere=beside_it, now_us=now_us)
        said = report.verdict.name.lower()
        yield {**about, "where": str(folder), "records": report.records, "verdict": said}


def _table(rows: list[dict[str, object]]) -> Table:
    table = Table("origin", "began", "where", "records", "signed", "verdict")
    for row in rows:
        cells = ("origin", "began", "where", "records", "signed", "verdict")
        table.add_row(*(inert(str(row[cell])) for cell in cells))
    return table
