"""`guardrail-gw audit export`: the exchanges of a log as a table, for other programs."""

import csv
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TextIO
from unicodedata import normalize

import click
import orjson

from guardrail_gw.audit.exchanges import COLUMNS, Exchange
from guardrail_gw.audit.ocsf import events
from guardrail_gw.cli.audit_folder import FOLDER, MOMENT, progress, time_of
from guardrail_gw.cli.audit_kept import ACTS, REGISTER, kept
from guardrail_gw.cli.audit_look import Look, exchanges_within, looks

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet may take for the beginning of a formula.

Source: OWASP, CSV Injection (https://owasp.org/www-community/attacks/CSV_Injection).
"""
_Write = Callable[[TextIO, Iterable[Exchange]], None]


@click.command(name="export")
@click.argument("directory", type=FOLDER)
@looks
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl", "ocsf"]),
    default="csv",
    show_default=True,
)
@REGISTER
@ACTS
@click.option("--since", type=MOMENT, help="Received at this time (UTC) or later.")
@click.option("--until", type=MOMENT, help="Received before this time (UTC).")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="A file; else standard output."
)
def export_log(
    directory: Path,
    look: Look,
    form: str,
    since: datetime | None,
    until: datetime | None,
    register: Path | None,
    acts: Path | None,
    out: Path | None,
) -> None:
    """Write what a log says of each request: one line each, without what anybody wrote.

    Needs an auditor's private key; run it where that key is, not at the gateway.
    """
    content = kept(directory, register, acts)
    chosen = exchanges_within("export", directory, look, since, until, content=content)
    with ExitStack() as stack:
        if out is None:
            file: TextIO = sys.stdout
        else:
            file = stack.enter_context(_new(out))
        _WRITERS[form](file, stack.enter_context(progress()).track(chosen, total=None))


def _new(out: Path) -> TextIO:
    """A file that only its owner may read: it says who asked what."""
    mode = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    handle = os.open(out, mode, 0o600)
    os.fchmod(handle, 0o600)
    return os.fdopen(handle, "w", encoding="utf-8", newline="")


def cell(value: str | float | None) -> str | float | None:
    """A value that no spreadsheet takes for a formula: text that might be one gets a quote."""
    if isinstance(value, str) and normalize("NFKC", value).lstrip(" ").startswith(_FORMULA):
        return "'" + value
    return value


def _csv(file: TextIO, rows: Iterable[Exchange]) -> None:
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)  # also where `;` is the comma of tables
    writer.writerow(["received", *COLUMNS])
    for exchange in rows:
        row = exchange.row()
        received = row["received_us"]
        time = time_of(received) if isinstance(received, int) else None
        writer.writerow([time, *map(cell, row.values())])


def _jsonl(file: TextIO, rows: Iterable[Exchange]) -> None:
    for exchange in rows:
        said = {
            "index": exchange.index,
            "outcome_index": exchange.outcome_index,
            "intent": exchange.intent,
            "outcome": exchange.outcome,
        }
        file.write(orjson.dumps(said).decode() + "\n")


def _ocsf(file: TextIO, rows: Iterable[Exchange]) -> None:
    file.writelines(orjson.dumps(event).decode() + "\n" for event in events(rows))


_WRITERS: dict[str, _Write] = {"csv": _csv, "jsonl": _jsonl, "ocsf": _ocsf}
