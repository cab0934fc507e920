"""Gold files beside the checkout, and what a detector makes of them."""

import gzip
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from guardrail_gw.detection.evaluation import Marked, Scoring, shipped_families
from tests.support.shared import DEV, SHARED


def sets() -> Iterator[tuple[str, Path]]:
    """Each gold file that may be looked at, by its short name; none without the files."""
    for path in sorted(DEV.glob("*.jsonl.gz")):
        yield path.name.removesuffix(".jsonl.gz"), path


def jurisdictions(name: str) -> frozenset[str]:
    """The states outside Europe whose identifiers a set's makers put into its texts."""
    return frozenset({"US"}) if name.startswith("presidio-synth") else frozenset()


def marked(path: Path) -> list[Marked]:
    """The documents of a gold file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [_document(json.loads(line)) for line in lines]


@cache
def scoring() -> Scoring:
    """Families of the package, inventory of the gold files."""
    path = SHARED / "data" / "pii" / "inventory.json"
    known: Mapping[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    return Scoring(
        families=shipped_families(),
        inventory={source: frozenset(labels) for source, labels in known.items()},
    )


def _document(value: dict[str, object]) -> Marked:
    spans = value["spans"]
    assert isinstance(spans, list)
    return Marked(
        id=str(value["id"]),
        text=str(value["text"]),
        source=str(value.get("source", "")),
        spans=frozenset((s["start"], s["end"], s["label"]) for s in spans),
    )
