"""What detection finds, by kind and language: writes compliance/detection-recall.{json,md}.

    python -m tests.bench.detection_recall [--count 60] [--no-gold]

Generated values for every language, and the gold files beside the checkout where there are any;
without them the figures of the last run that had them stay.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from guardrail_gw.core.text import SegmentKind
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.evaluation import Report, Tally
from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.settings import DetectionSettings
from tests.support.corpus.cells import COUNTS_FROM, national
from tests.support.corpus.page import (
    DATA,
    PAGE,
    all_cells,
    figures,
    published,
    rendered,
    to_json,
)
from tests.support.gold import jurisdictions, marked, scoring, sets

_AT_ONCE = 64


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60, help="values of each kind, per country")
    parser.add_argument("--no-gold", action="store_true", help="keep the figures of gold files")
    options = parser.parse_args()
    engine = load_engine(DetectionSettings()).engine
    document = {
        "figures": to_json(figures(engine, all_cells(engine), count=options.count)),
        "identifiers": {
            cell.kind: {
                "country": cell.country,
                "valid_by": cell.checked_by,
                "has_check": cell.has_check,
            }
            for cell in national(engine)
        },
        "gold": (not options.no_gold and gold_figures(engine)) or _published_gold(),
    }
    DATA.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    PAGE.write_text(rendered(document), encoding="utf-8")
    print(f"{DATA.name} and {PAGE.name} written: {len(document['figures'])} kinds")


def _published_gold() -> Any:
    return published()["gold"] if DATA.exists() else {}


def gold_figures(engine: Engine) -> dict[str, Any]:
    """Recall and precision on each gold file, by family; figures only, no texts."""
    return {name: _row(_judged(engine, path, jurisdictions(name))) for name, path in sets()}


def _judged(engine: Engine, path: Path, countries: frozenset[str]) -> Report:
    tally, documents = Tally(scoring=scoring()), marked(path)
    for start in range(0, len(documents), _AT_ONCE):
        some = documents[start : start + _AT_ONCE]
        results = engine.scan([(each.text, SegmentKind.PROSE) for each in some], countries)
        for document, found in zip(some, results, strict=True):
            spans = frozenset((f.start, f.end, f.entity) for f in found if f.score >= COUNTS_FROM)
            tally.add(document, spans)
    return tally.report()


def _row(report: Report) -> dict[str, Any]:
    families = {
        name: {
            "gold": row.gold,
            "recall": round(row.overlap.r, 4),
            "precision": round(row.overlap.p, 4),
        }
        for name, row in report.labels.items()
        if row.gold
    }
    return {"families": families, "leak_rate": round(report.blind.leak_rate, 4)}


if __name__ == "__main__":
    main()
