"""`guardrail-gw audit export`: the exchanges of a log as a table, for other programs."""

import csv
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import click
import orjson
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from guardrail_gw.audit.exchanges import COLUMNS, Exchange, exchanges
from guardrail_gw.audit.record import Kind
from guardrail_gw.audit.review import show
from guardrail_gw.cli.audit_folder import FILE, FOLDER, time_of
from guardrail_gw.keys.audit_keys import load_recipient

_DAY = click.DateTime(formats=("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"))
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet may take for the beginning of a formula.

Source: OWASP, CSV Injection (https://owasp.org/www-community/attacks/CSV_Injection).
"""
_Write = Callable[[TextIO, Iterable[Exchange]], None]


@click.command(name="export")
@click.argument("directory", type=FOLDER)
@click.option("--key", "keys", type=FILE, multiple=True, required=True, help="A private key file.")
@click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True
)
@click.option("--since", type=_DAY, help="Received at this time (UTC) or later.")
@click.option("--until", type=_DAY, help="Received before this time (UTC).")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="A file; else standard output."
)
def export_log(
    directory: Path,
    keys: tuple[Path, ...],
    form: str,
    since: datetime | None,
    until: datetime | None,
    out: Path | None,
) -> None:
    """Write what a log says of each request: one line each, without what anybody wrote.

    Needs an auditor's private key; run it where that key is, not at the gateway.
    """
    opened = show(
        directory,
        [load_recipient(key) for key in keys],
        kinds=frozenset({Kind.INTENT, Kind.OUTCOME}),
    )
    chosen = _within(exchanges(opened), _us(since), _us(until))
    write: _Write = _csv if form == "csv" else _jsonl
    with ExitStack() as stack:
        if out is None:
            file: TextIO = sys.stdout
        else:
            file = stack.enter_context(out.open("w", encoding="utf-8", newline=""))
        write(file, _counted(chosen, stack.enter_context(_progress())))


def cell(value: str | float | None) -> str | float | None:
    """A value that no spreadsheet takes for a formula: text that might be one gets a quote."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value


def _csv(file: TextIO, rows: Iterable[Exchange]) -> None:
    writer = csv.writer(file)
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


def _within(
    rows: Iterable[Exchange], since_us: int | None, until_us: int | None
) -> Iterator[Exchange]:
    for exchange in rows:
        received = exchange.intent.get("received_us", 0)
        if (since_us is None or received >= since_us) and (until_us is None or received < until_us):
            yield exchange


def _us(time: datetime | None) -> int | None:
    return None if time is None else round(time.replace(tzinfo=UTC).timestamp() * 1e6)


def _progress() -> Progress:
    """Shown on a terminal only, and never in the way of the output."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.completed} exchanges"), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _counted(rows: Iterable[Exchange], progress: Progress) -> Iterator[Exchange]:
    return iter(progress.track(rows, total=None))
