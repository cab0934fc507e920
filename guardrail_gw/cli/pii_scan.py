"""`guardrail-gw pii scan`: the personal data in a file of texts, as spans."""

import os
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from guardrail_gw.cli.pii_lines import STANDARD, Document, documents, writer
from guardrail_gw.cli.pii_options import Counts, Looks, counting, detectors
from guardrail_gw.cli.pii_processes import scan_in_order
from guardrail_gw.core.text import Finding

_COLUMNS = (
    SpinnerColumn(),
    TextColumn("{task.description}"),
    BarColumn(),
    TaskProgressColumn(),
    TimeRemainingColumn(),
)


@click.command(name="scan")
@click.argument(
    "source", metavar="IN", type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
@click.option(
    "-o",
    "--output",
    "target",
    default=STANDARD,
    help="Where findings go.  [default: standard output]",
)
@click.option(
    "--processes", type=click.IntRange(1, 256), help="How many scan.  [default: one per core]"
)
@detectors
@counting
def scan_file(
    source: str, target: str, processes: int | None, looks: Looks, counts: Counts
) -> None:
    """Scan IN (JSON lines with "id" and "text"; `-` is standard input) and write the spans found.

    A name that ends in .gz is read or written as gzip.

    Exit codes: 0 every line scanned, 2 a line or a file cannot be used, 4 a text was not scanned.
    """
    demand = counts.demand(looks)
    count = processes or len(os.sched_getaffinity(0))
    # opened before workers are forked and a thread draws the bar
    with writer(target) as out:
        scanned = scan_in_order(documents(source), looks.settings(), demand, count)
        for document, found in _shown(scanned, source):
            out.write(_line(document, found))


def _line(document: Document, found: Iterable[Finding]) -> bytes:
    spans = [{"start": f.start, "end": f.end, "label": f.entity, "score": f.score} for f in found]
    return orjson.dumps({"id": document.id, "spans": spans}, option=orjson.OPT_APPEND_NEWLINE)


Pairs = Iterator[tuple[Document, list[Finding]]]


def _shown(scanned: Pairs, source: str) -> Pairs:
    """Pass the documents on; on a terminal, draw how far it is."""
    console = Console(stderr=True)
    first = next(scanned, None)  # forks the workers, before there is a thread that draws
    if first is None:
        return
    everything = chain([first], scanned)
    if not console.is_terminal:
        yield from everything
        return
    size = None if source == STANDARD else Path(source).stat().st_size
    with Progress(*_COLUMNS, console=console, transient=True) as progress:
        task = progress.add_task("", total=size)
        for number, (document, found) in enumerate(everything, 1):
            progress.update(task, completed=document.read_bytes, description=f"{number} texts")
            yield document, found
