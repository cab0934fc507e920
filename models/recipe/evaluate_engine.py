"""Measure the whole engine (rules and model), stock Presidio with the same model beside it.

`python -m models.recipe.evaluate_engine` prints Markdown tables: figures per dev file, per label
for the synthetic one, where its gold spans went, and findings in text that names hardly anyone.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from guardrail_gw.core.text import SegmentKind
from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.settings import DetectionSettings
from models.recipe.evaluate import MODEL, SHARED, Doc, code_texts, load_scorer, read

Spans = list[tuple[int, int, str]]
Find = Callable[[Sequence[str]], Iterator[Spans]]

SYNTHETIC = "presidio-synth-v2.en"


def ours(model: Path | None) -> Find:
    """The engine of the gateway."""
    engine = load_engine(DetectionSettings(model=model)).engine

    def find(texts: Sequence[str]) -> Iterator[Spans]:
        for text in texts:
            found = engine.scan([(text, SegmentKind.PROSE)])[0]
            yield [(finding.start, finding.end, finding.entity) for finding in found]

    return find


def stock(model: Path) -> Find:
    """Presidio's AnalyzerEngine as it comes, for English, around the same model."""
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry  # noqa: PLC0415 - slow
    from presidio_analyzer.nlp_engine import SpacyNlpEngine  # noqa: PLC0415 - slow

    nlp = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": str(model)}])
    nlp.load()
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=nlp)
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["en"])

    def find(texts: Sequence[str]) -> Iterator[Spans]:
        for text in texts:
            found = analyzer.analyze(text, language="en")
            yield [(result.start, result.end, result.entity_type) for result in found]

    return find


class Measured:
    """One gold file scored with one system."""

    def __init__(self, scorer: Any, path: Path, find: Find) -> None:  # noqa: ANN401 - a module's class
        documents = read(path)
        self.predicted = list(find([document["text"] for document in documents]))
        self.went: Counter[tuple[str, str]] = Counter()
        for document, spans in zip(documents, self.predicted, strict=True):
            scorer.add(document, spans)
            self._follow(scorer, document, spans)
        self.result: Doc = scorer.result()

    def _follow(self, scorer: Any, document: Doc, spans: Spans) -> None:  # noqa: ANN401 - ditto
        """Count what each gold span was taken for: the family of the largest overlap."""
        for gold in document["spans"]:
            shared = [
                (min(end, gold["end"]) - max(start, gold["start"]), label)
                for start, end, label in spans
            ]
            size, label = max(shared, default=(0, ""))
            taken = str(scorer.family(label)) if size > 0 else "nothing"
            self.went[gold["label"], taken] += 1

    def names_f1(self) -> float:
        """F1 (overlap) of PERSON and LOCATION together."""
        rows = [self.result["labels"].get(label) for label in ("PERSON", "LOCATION")]
        hits = sum(round(row["overlap"]["r"] * row["gold"]) for row in rows if row)
        total = sum(row["gold"] + row["pred"] for row in rows if row)
        return 2 * hits / total if total else 0.0


def files_table(measured: dict[str, dict[str, Measured]]) -> Iterator[str]:
    """Yield one line per dev file and system."""
    yield "| dev file | system | P / R / F1 / F2 | PERSON+LOCATION F1 | leak rate | FP / 1,000 |"
    yield "|---|---|---|---|---|---|"
    for name, systems in measured.items():
        for system, one in systems.items():
            over, blind = one.result["all"]["overlap"], one.result["blind"]
            rates = " / ".join(f"{over[key]:.3f}" for key in ("p", "r", "f1", "f2"))
            places = f"{blind['leak_rate']:.3f} | {blind['fp_per_1000_words']:.1f}"
            yield f"| {name} | {system} | {rates} | {one.names_f1():.3f} | {places} |"


def labels_table(one: Measured) -> Iterator[str]:
    """Yield one line per label: figures, and what its gold spans were taken for."""
    yield "| label | gold | found | P / R / F2 | gold spans were taken for |"
    yield "|---|---|---|---|---|"
    for label, row in one.result["labels"].items():
        rates = " / ".join(f"{row['overlap'][key]:.3f}" for key in ("p", "r", "f2"))
        went = Counter({to: n for (of, to), n in one.went.items() if of == label}).most_common()
        taken = ", ".join(f"{to} {count}" for to, count in went)
        yield f"| {label} | {row['gold']} | {row['pred']} | {rates} | {taken} |"


def neutral(find: Find, texts: Sequence[str]) -> Doc:
    """Findings per 1,000 words, by label, in text that should give nothing."""
    pieces = [text[i : i + 4000] for text in texts for i in range(0, len(text), 4000)]
    words = sum(len(text.split()) for text in texts)
    hits = Counter(label for spans in find(pieces) for _, _, label in spans)
    rates = {label: round(1000 * count / words, 2) for label, count in hits.most_common()}
    return {"words": words, "per_1000_words": round(1000 * hits.total() / words, 2)} | rates


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--no-stock", action="store_true", help="leave Presidio out")
    parser.add_argument("--only", help="only dev files whose name holds this")
    args = parser.parse_args()
    module = load_scorer(args.shared / "tools" / "pii_eval.py")
    families = json.loads((args.shared / "tools" / "label_families.json").read_text("utf-8"))
    known = json.loads((args.shared / "data" / "pii" / "inventory.json").read_text("utf-8"))
    systems = {"ours": ours(args.model)} | ({} if args.no_stock else {"stock": stock(args.model)})
    measured: dict[str, dict[str, Measured]] = {}
    for path in sorted((args.shared / "data" / "pii" / "dev").glob("*.jsonl.gz")):
        name = path.name.removesuffix(".jsonl.gz")
        if args.only and args.only not in name:
            continue
        measured[name] = {
            system: Measured(
                module.Scorer(labels=frozenset(), families=families, inventory=known), path, find
            )
            for system, find in systems.items()
        }
    print(*files_table(measured), "", sep="\n")
    if SYNTHETIC in measured:
        print(*labels_table(measured[SYNTHETIC]["ours"]), "", sep="\n")
    if not args.only:
        for system, find in systems.items():
            print(f"{system}, code:", json.dumps(neutral(find, code_texts())))


if __name__ == "__main__":
    main()
