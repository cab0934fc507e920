"""`guardrail-gw pii eval`: predicted spans, or the engine's own findings, against gold spans."""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table

from guardrail_gw.cli.pii_lines import Document, gold, predictions
from guardrail_gw.cli.pii_options import FILE, Counts, Demand, Looks, counting, detectors
from guardrail_gw.cli.pii_processes import scan_in_order
from guardrail_gw.detection.evaluation import (
    Marked,
    Rates,
    Report,
    Scoring,
    Span,
    evaluate,
    shipped_families,
)
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.errors import ConfigError

SHIPPED = "shipped"
"""In place of a map file: the one in the package."""


@click.command(name="eval")
@click.argument("gold_files", metavar="GOLD...", nargs=-1, required=True, type=FILE)
@click.option("--pred", type=FILE, help="Predicted spans; without it the engine scans the texts.")
@click.option("--map", "families", help="JSON, label to family; `shipped` is the package's own.")
@click.option("--inventory", type=FILE, help="JSON, source to the labels that it annotates.")
@click.option("--labels", default="", help="Score these families only, with commas between them.")
@detectors
@counting
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def evaluate_files(
    gold_files: tuple[Path, ...],
    pred: Path | None,
    families: str | None,
    inventory: Path | None,
    labels: str,
    looks: Looks,
    counts: Counts,
    as_json: bool,
) -> None:
    """Compare spans with the gold spans of GOLD (JSON lines: "id", "text", "spans", "source"?).

    Precision, recall, F1 and F2 by label, exact and by overlap; the share of characters that leak
    whatever the label; false positives per 1,000 words.

    Exit codes: 0 compared, 2 a line or a file cannot be used, 4 a text was not scanned.
    """
    scoring = Scoring(
        labels=frozenset(labels.split(",")) - {""},
        families=_families(families),
        inventory=_inventory(inventory),
    )
    marked = list(gold([str(path) for path in gold_files]))
    if pred:
        found = predictions(str(pred))
    else:
        found = engine_spans(marked, looks.settings(), counts.demand(looks))
    report = evaluate(marked, found, scoring)
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(asdict(report), option=orjson.OPT_INDENT_2) + b"\n")
    else:
        console = Console()
        console.print(by_label(report))
        console.print(whatever_the_label(report))


def engine_spans(
    marked: Iterable[Marked], settings: DetectionSettings, demand: Demand
) -> dict[str | int, frozenset[Span]]:
    """What the engine finds in each text.

    Raises:
        DetectionDown: a text was not scanned.
    """
    todo = (
        Document(number=number, read_bytes=0, id=each.id, text=each.text)
        for number, each in enumerate(marked, 1)
    )
    return {
        document.id: frozenset((f.start, f.end, f.entity) for f in found)
        for document, found in scan_in_order(todo, settings, demand, len(os.sched_getaffinity(0)))
    }


def by_label(report: Report) -> Table:
    """Precision, recall and their means, by label."""
    table = Table("label", box=None, padding=(0, 2, 0, 0))
    for column in ("gold", "pred", f"exact\n{_RATES}", f"overlap\n{_RATES}"):
        table.add_column(column, justify="right", no_wrap=True)
    for name, row in [*report.labels.items(), ("ALL", report.all)]:
        style = "bold" if name == "ALL" else ""
        counts = str(row.gold), str(row.pred)
        table.add_row(name, *counts, _cell(row.exact), _cell(row.overlap), style=style)
    return table


def whatever_the_label(report: Report) -> Table:
    """What was covered, and what was made up."""
    table = Table.grid(padding=(0, 2))
    counts = {k: getattr(report, k) for k in ("documents", "documents_without_prediction", "words")}
    for name, value in (counts | asdict(report.blind)).items():
        shown = f"{value:.4f}" if isinstance(value, float) else str(value)
        table.add_row(name.replace("_", " "), shown)
    return table


_RATES = "P     R    F1    F2"


def _cell(rates: Rates) -> str:
    return " ".join(f"{value:.3f}" for value in (rates.p, rates.r, rates.f1, rates.f2))


def _families(name: str | None) -> Mapping[str, str | None]:
    if name is None:
        return {}
    if name == SHIPPED:
        return shipped_families()
    families = _json(Path(name))
    for value in families.values():
        if value is not None and not isinstance(value, str):
            raise ConfigError(f"{name}: a family is neither a string nor null")
    return families


def _inventory(path: Path | None) -> Mapping[str, frozenset[str]]:
    if path is None:
        return {}
    known = _json(path)
    if not all(isinstance(labels, list) for labels in known.values()):
        raise ConfigError(f"{path}: a source has no list of labels")
    return {source: frozenset(map(str, labels)) for source, labels in known.items()}


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read as JSON") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: not a JSON object")
    return value
