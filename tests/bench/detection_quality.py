"""Our findings beside stock Presidio's: the same texts, the same spaCy pipeline, one run.

    python -m tests.bench.detection_quality [--only SET ...] [--json build/detection-quality.json]

Prints a table and a Markdown one for docs/benchmarks.md. Ours counts from a score of 0.5 on, what a
policy takes where it says nothing else; stock is shown as `analyze()` answers, and from 0.4 on.
"""

import argparse
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from guardrail_gw.core.text import SegmentKind
from guardrail_gw.detection.evaluation import Marked, Span, Tally
from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.settings import DetectionSettings
from tests.bench.technical import technical
from tests.support.gold import jurisdictions, marked, scoring, sets
from tests.support.stock import Scored, Stock

Find = Callable[[str, str], list[Scored]]
"""Text and set (`presidio-synth-v2.en`) to everything that is found, whatever its score."""

_PERSON = "PERSON"
_PEOPLE = frozenset({_PERSON, "LOCATION"})
_COLUMNS = {
    "f2": "F2 overlap",
    "f1": "F1 overlap",
    "p": "P overlap",
    "r": "R overlap",
    "exact_f1": "F1 exact",
    "people_f1": "person, place F1",
    "leak_rate": "leak rate",
    "fp": "false / 1,000 words",
    "fp_others": "of these not PERSON",
}
_FEWER_IS_BETTER = frozenset({"leak_rate", "fp", "fp_others"})


def main() -> None:
    """Measure, print, write."""
    options = _options()
    settings = DetectionSettings()
    if settings.model is None:
        raise SystemExit("there is no shipped model to compare with")
    engine = load_engine(settings).engine
    stock = Stock(settings.model)

    def ours(text: str, name: str) -> list[Scored]:
        found = engine.scan([(text, SegmentKind.PROSE)], jurisdictions(name))[0]
        return [(f.start, f.end, f.entity, f.score) for f in found]

    def theirs(text: str, name: str) -> list[Scored]:
        return stock.find(text, name.rpartition(".")[2])

    report = {
        "stock": f"presidio-analyzer {version('presidio-analyzer')}",
        "gold": dict(_gold({"ours": ours, "stock": theirs}, options.only)),
        "technical": dict(_technical({"ours": ours, "stock": theirs})),
    }
    _show(report)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print("", *markdown(report), sep="\n")


def _variants(name: str) -> dict[str, float]:
    """The names under which an engine's findings are shown, and from which score on."""
    if name == "ours":
        return {"ours": 0.5, "ours, every finding": 0.0}
    return {"stock": 0.0, "stock >= 0.4": 0.4}


def _gold(engines: Mapping[str, Find], only: Sequence[str]) -> Iterator[tuple[str, Any]]:
    for name, path in sets():
        if only and name not in only:
            continue
        documents = marked(path)
        yield (
            name,
            {
                variant: figures(documents, found, least)
                for engine, find in engines.items()
                for found in [_everything(engine, documents, find, name)]
                for variant, least in _variants(engine).items()
            },
        )


def _everything(
    engine: str, documents: Sequence[Marked], find: Find, name: str
) -> list[list[Scored]]:
    console = Console(stderr=True)
    title = f"{name} {engine}"
    shown = track(documents, title, console=console, disable=not console.is_terminal)
    return [find(document.text, name) for document in shown]


def figures(
    documents: Iterable[Marked], found: Iterable[list[Scored]], least: float
) -> dict[str, float]:
    """The figures of one engine on one gold file."""
    whole = Tally(scoring=scoring())
    people = Tally(scoring=replace(scoring(), labels=_PEOPLE))
    others = Tally(scoring=scoring())
    for document, scored in zip(documents, found, strict=True):
        spans = _spans(scored, least)
        whole.add(document, spans)
        people.add(document, spans)
        others.add(document, frozenset(span for span in spans if span[2] != _PERSON))
    report = whole.report()
    return {
        "f2": report.all.overlap.f2,
        "f1": report.all.overlap.f1,
        "p": report.all.overlap.p,
        "r": report.all.overlap.r,
        "exact_f1": report.all.exact.f1,
        "people_f1": people.report().all.overlap.f1,
        "leak_rate": report.blind.leak_rate,
        "fp": report.blind.fp_per_1000_words,
        "fp_others": others.report().blind.fp_per_1000_words,
    }


def _spans(scored: Iterable[Scored], least: float) -> frozenset[Span]:
    return frozenset((start, end, entity) for start, end, entity, score in scored if score >= least)


def _technical(engines: Mapping[str, Find]) -> Iterator[tuple[str, Any]]:
    """Findings per 1,000 words of text in which hardly anybody is named."""
    for kind, pieces in technical().items():
        words = sum(len(piece.split()) for piece in pieces)
        row: dict[str, float] = {}
        for engine, find in engines.items():
            found = [find(piece, "technical.en") for piece in pieces]
            for variant, least in _variants(engine).items():
                row[variant] = 1000 * sum(len(_spans(each, least)) for each in found) / words
        yield kind, {"words": words} | row


def markdown(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of the tables for docs/benchmarks.md."""
    yield f"| set | engine | {' | '.join(_COLUMNS.values())} |"
    yield f"|---|---|{'--:|' * len(_COLUMNS)}"
    for name, variants in report["gold"].items():
        for variant, row in variants.items():
            cells = " | ".join(_cell(key, row[key]) for key in _COLUMNS)
            yield f"| {name} | {variant} | {cells} |"
    yield ""
    kinds = report["technical"]
    shown = [name for name in next(iter(kinds.values())) if name != "words"]
    yield f"| technical text | words | {' | '.join(shown)} |"
    yield f"|---|--:|{'--:|' * len(shown)}"
    for kind, row in kinds.items():
        yield f"| {kind} | {row['words']} | {' | '.join(f'{row[name]:.1f}' for name in shown)} |"


def _show(report: Mapping[str, Any]) -> None:
    console = Console(width=max(Console().width, 120))
    table = Table(title=f"ours (score >= 0.5) beside {report['stock']}, the same spaCy pipeline")
    for column in ("set", "engine", *_COLUMNS.values()):
        table.add_column(column, justify="left" if column in ("set", "engine") else "right")
    for name, variants in report["gold"].items():
        for variant, row in variants.items():
            cells = (_judged(key, row[key], variants) for key in _COLUMNS)
            table.add_row(name, variant, *cells, end_section=variant == [*variants][-1])
    console.print(table)
    code = Table(title="findings per 1,000 words of technical text")
    for column in ("text", *next(iter(report["technical"].values()))):
        code.add_column(column, justify="right")
    for kind, row in report["technical"].items():
        code.add_row(
            kind, *(f"{value:.0f}" if n == "words" else f"{value:.1f}" for n, value in row.items())
        )
    console.print(code)


def _judged(key: str, value: float, variants: Mapping[str, Mapping[str, float]]) -> str:
    """The best of a set stands out."""
    best = (min if key in _FEWER_IS_BETTER else max)(row[key] for row in variants.values())
    return f"[bold green]{_cell(key, value)}" if value == best else _cell(key, value)


def _cell(key: str, value: float) -> str:
    return f"{value:.1f}" if key.startswith("fp") else f"{value:.3f}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=(), help="these sets: presidio-synth-v2.en …")
    parser.add_argument("--json", type=Path, default=Path("build/detection-quality.json"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
