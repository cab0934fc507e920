"""Detection beside the stock Presidio AnalyzerEngine: the same texts, the same language model.

    python -m tests.bench.detection [--quick] [--plain] [--json build/detection.json]

Everything runs in this process on one thread and is measured in processor time, so that a busy
machine is fair to both. No text is read twice by the same engine. Stock is AnalyzerEngine with its
default registry for English and a SpacyNlpEngine around the shipped pipeline; for "rules only" the
pipeline has no named-entity recognition, and ours is started without a model.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from guardrail_gw.core.memory import settle
from guardrail_gw.core.shipped import shipped
from guardrail_gw.core.text import Segment, SegmentKind
from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.pool import DetectorPool
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.observability.clock import SystemClock
from tests.bench.texts import dice, message

Read = Callable[[str], object]
Row = dict[str, Any]

_MODEL = shipped("models/guardrail_xx_ner")
_WORDS = (20, 100, 500, 2_000)
_LONG_CHARS = 64_000
_TURNS, _TURN_WORDS = 10, 100
_TAKING_TURNS, _MOST_TEXTS = 6, 2_000
"""How often engines take turns, and texts that one reads in a turn."""
OURS = {
    "names": DetectionSettings(),
    "rules": DetectionSettings(model=None),
}
"""What is measured -> our settings."""


def main() -> None:
    """Measure, print, write."""
    options = _options()
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"  # before numpy is loaded
    if options.plain:
        sys.modules["re2"] = None  # type: ignore[assignment]  # an import of it fails
    budget_s = 1.0 if options.quick else 6.0
    rows = [row for what in OURS for row in _compared(what, budget_s)]
    report = {"cpus": os.cpu_count(), "rows": rows, "linear": _linear(), "cached_ms": _cached()}
    _show(report)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _compared(what: str, budget_s: float) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        stock = stock_engine(Path(folder), names=what == "names")
        ours = our_engine(OURS[what])
        for words in _WORDS:
            texts = _texts(words)
            yield _row(what, f"{words} words", stock, ours, texts, budget_s)
        yield _row(what, "64,000 characters", stock, ours, _long_texts(), budget_s)


def _row(  # noqa: PLR0913, PLR0917 - one row of the table
    what: str, size: str, stock: Read, ours: Read, texts: Iterator[str], budget_s: float
) -> Row:
    theirs_ms, ours_ms = _in_turns((stock, ours), texts, budget_s)
    wanted = 3.0 if what == "names" else 50.0 if size.endswith("characters") else 15.0
    ratio = theirs_ms / ours_ms
    return {
        "what": what,
        "size": size,
        "stock_ms": theirs_ms,
        "ours_ms": ours_ms,
        "ratio": ratio,
        "wanted": wanted,
        "met": ratio >= wanted,
    }


def _in_turns(engines: Sequence[Read], texts: Iterator[str], budget_s: float) -> list[float]:
    """The median of processor milliseconds per text of each engine.

    The machine's speed changes within minutes, so that they read in turns, each for a share of the
    budget at a time.
    """
    taken: list[list[float]] = [[] for _ in engines]
    for _ in range(_TAKING_TURNS):
        for number, read in enumerate(engines):
            taken[number] += _taken(read, texts, budget_s / _TAKING_TURNS)
    return [1e3 * statistics.median(some) for some in taken]


def _ms(read: Read, texts: Iterator[str], budget_s: float) -> float:
    """The median of processor milliseconds per text."""
    return 1e3 * statistics.median(_taken(read, texts, budget_s, least=5))


def _taken(read: Read, texts: Iterator[str], budget_s: float, *, least: int = 1) -> list[float]:
    """Processor seconds of each text, behind one that only warms up."""
    read(next(texts))
    taken: list[float] = []
    while (sum(taken) < budget_s or len(taken) < least) and len(taken) < _MOST_TEXTS:
        text = next(texts)
        start = time.process_time()
        read(text)
        taken.append(time.process_time() - start)
    return taken


def our_engine(settings: DetectionSettings) -> Read:
    """The engine as a detector process loads it; what is loaded is no garbage to either engine."""
    engine = load_engine(settings).engine
    settle()
    return lambda text: engine.scan([(text, SegmentKind.PROSE)])


def stock_engine(folder: Path, *, names: bool) -> Read:
    """Presidio's AnalyzerEngine around the shipped pipeline, or around one that finds no names."""
    import spacy  # noqa: PLC0415 - loads numpy
    import tldextract  # noqa: PLC0415 - Presidio's, for domain names
    from presidio_analyzer import AnalyzerEngine  # noqa: PLC0415 - slow
    from presidio_analyzer.nlp_engine import NlpEngineProvider  # noqa: PLC0415 - ditto

    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())  # no network
    nlp = spacy.load(_MODEL, exclude=[] if names else ["ner", "tok2vec"])
    nlp.to_disk(folder / "pipeline")
    entities = ("PERSON", "LOCATION", "ORGANIZATION", "NRP", "DATE_TIME", "ADDRESS")
    provider = NlpEngineProvider(
        nlp_configuration={
            "nlp_engine_name": "spacy",
            "models": [{"lang_code": "en", "model_name": str(folder / "pipeline")}],
            "ner_model_configuration": {
                "model_to_presidio_entity_mapping": {name: name for name in entities}
            },
        }
    )
    analyzer = AnalyzerEngine(nlp_engine=provider.create_engine(), supported_languages=["en"])
    return lambda text: analyzer.analyze(text, language="en")


def _texts(words: int) -> Iterator[str]:
    source = dice(words)
    while True:
        yield message(source, words=words)


def _long_texts() -> Iterator[str]:
    source = dice(_LONG_CHARS)
    while True:
        yield message(source, words=_LONG_CHARS // 4)[:_LONG_CHARS]


def _linear() -> Row:
    """Rules only, processor time per character: 16 times the length, how many times the time."""
    ours = our_engine(OURS["rules"])
    text = message(dice(1), words=300_000)
    small, large = (_ms(ours, iter([text[:n]] * 9), 0.0) for n in (62_500, 1_000_000))
    return {"small_ms": small, "large_ms": large, "ratio": large / small, "length": 16}


def _cached() -> float:
    """Milliseconds of wall clock for ten turns that were all seen before."""
    source = dice(7)
    turns = [message(source, words=_TURN_WORDS) for _ in range(_TURNS)]
    segments = [Segment(text=text, place=f"/{i}") for i, text in enumerate(turns)]
    return asyncio.run(_asked_again(segments))


async def _asked_again(segments: list[Segment]) -> float:
    pool = DetectorPool(DetectionSettings(), SystemClock())
    await pool.start()
    try:
        await pool.detect(segments)
        taken: list[float] = []
        for _ in range(200):
            start = time.perf_counter()
            await pool.detect(segments)
            taken.append(time.perf_counter() - start)
    finally:
        await pool.close()
    return 1e3 * statistics.median(taken)


def _show(report: dict[str, Any]) -> None:
    table = Table(title=f"processor milliseconds per text, median, {report['cpus']} CPUs")
    for column in ("what", "text", "stock", "ours", "ratio", "wanted", ""):
        table.add_column(column, justify="left" if column in ("what", "text") else "right")
    for row in report["rows"]:
        figures = f"{row['stock_ms']:.2f}", f"{row['ours_ms']:.3f}", f"{row['ratio']:.1f}"
        verdict = "met" if row["met"] else "[bold red]missed"
        table.add_row(row["what"], row["size"], *figures, f">= {row['wanted']:g}", verdict)
    console = Console()
    console.print(table)
    linear = report["linear"]
    console.print(f"{linear['length']} times the text takes {linear['ratio']:.1f} times as long")
    console.print(f"ten turns seen before: {report['cached_ms']:.3f} ms")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.detection", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer texts")
    parser.add_argument("--plain", action="store_true", help="as without the extra re2")
    parser.add_argument("--json", type=Path, default=Path("build/detection.json"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
