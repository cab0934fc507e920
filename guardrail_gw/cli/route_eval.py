"""`guardrail-gw route eval`: route classes against cases whose class somebody has named."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Final

import click
import orjson
from rich.console import Console
from rich.table import Table

from guardrail_gw.cli.policies import AS_JSON, FILE
from guardrail_gw.core.route_class import RouteClass
from guardrail_gw.core.shipped import shipped
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.semantic.classes import SHIPPED, Classes, load_classes
from guardrail_gw.semantic.classifier import SemanticClassifier
from guardrail_gw.semantic.evaluation import Case, Evaluation, evaluated, load_cases
from guardrail_gw.semantic.installed import check_installed
from guardrail_gw.settings import Settings

_PATIENCE_S: Final = 5.0
"""For each case: what is measured is which class it has, not whether that is known in time."""


@click.command(name="eval")
@click.argument("cases", type=FILE)
@click.option("--classes", type=FILE, help="Route classes; without it those that are shipped.")
@click.option("--config", type=FILE, help="A gateway.yaml: its classes.")
@click.option(
    "--least", type=click.FloatRange(0, 1), default=0.0, help="Fail below this accuracy, 0 to 1."
)
@AS_JSON
def evaluate_classes(
    *, cases: Path, classes: Path | None, config: Path | None, least: float, as_json: bool
) -> None:
    """Sort the prompts of CASES into route classes, and compare with the classes named there.

    Exit codes: 0 compared; 1 the accuracy is below `--least`; 2 a file or the extra is missing.
    """
    check_installed()
    known = load_classes(_classes(classes, config))
    read = load_cases(cases, known)
    found, times_ms = asyncio.run(_found(known, read))
    evaluation = evaluated(read, found, known)
    if as_json:
        told = {**asdict(evaluation), "ms": _spread(times_ms)}
        sys.stdout.buffer.write(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        show(evaluation, times_ms)
    sys.exit(evaluation.accuracy < least)


def _classes(classes: Path | None, config: Path | None) -> Path:
    if classes is not None and config is not None:
        raise click.UsageError("give either --classes or --config")
    if config is None:
        return classes or shipped(SHIPPED) / "classes.yaml"
    settings = Settings.load(config)
    if settings.gateway.semantic is None:
        raise click.UsageError(f"{config} has no `semantic`")
    return settings.resolve(settings.gateway.semantic.classes)


async def _found(classes: Classes, cases: Sequence[Case]) -> tuple[list[RouteClass], list[float]]:
    """The class of each case, and how many milliseconds that took."""
    classifier = SemanticClassifier(classes, SystemClock(), deadline_s=_PATIENCE_S)
    found, times_ms = list[RouteClass](), list[float]()
    try:
        await classifier.start()
        for case in cases:
            began = perf_counter()
            found.append(await classifier.classify(case.prompt))
            times_ms.append(1000 * (perf_counter() - began))
    finally:
        await classifier.close()
    return found, times_ms


def show(evaluation: Evaluation, times_ms: Sequence[float]) -> None:
    """As tables."""
    console = Console()
    console.print(_confusion(evaluation))
    if evaluation.languages:
        said = "  ".join(f"{name} {a}/{b}" for name, (a, b) in evaluation.languages.items())
        console.print(f"by language: {said}", highlight=False)
    spread = _spread(times_ms)
    console.print(
        f"accuracy {evaluation.accuracy:.3f}; ranked as its class is {evaluation.well_routed:.3f};"
        f" {spread['p50']:.1f} ms each, the slowest {spread['max']:.1f} ms",
        highlight=False,
    )


def _confusion(evaluation: Evaluation) -> Table:
    """A row for each class that is named, a column for each that was found."""
    table = Table(box=None, padding=(0, 1, 0, 0), title="named, sorted into")
    table.add_column("", overflow="fold")
    for label in evaluation.labels:
        table.add_column(label, justify="right", overflow="fold")
    for name in ("prec.", "recall"):
        table.add_column(name, justify="right", no_wrap=True)
    for label in evaluation.labels:
        row, rates = evaluation.confusion[label], evaluation.classes[label]
        counts = [str(row[other] or "·") for other in evaluation.labels]
        table.add_row(label, *counts, _rate(rates.precision), _rate(rates.recall))
    return table


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _spread(times_ms: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times_ms)
    return {"p50": ordered[len(ordered) // 2], "max": ordered[-1]}
