"""Measure a model: `python -m models.recipe.evaluate` prints the tables of the model card.

Gold files are the dev files under $GUARDRAIL_SHARED/data/pii/dev; the scorer is the one beside
them (tools/pii_eval.py), so figures compare with those of any other system. Code that should give
nothing is a fixed list of modules of the running Python's standard library.
"""

import argparse
import gzip
import importlib.util
import json
import os
import platform
import sys
import sysconfig
import time
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import spacy
from spacy.language import Language

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("GUARDRAIL_SHARED", REPOSITORY / "../shared"))
MODEL = REPOSITORY / "models" / "guardrail_xx_ner"

LABELS = frozenset({"PERSON", "LOCATION", "ORGANIZATION", "DATE_TIME", "NRP", "ADDRESS", "AGE"})

CODE = (
    "argparse",
    "ast",
    "asyncio/tasks",
    "calendar",
    "collections/__init__",
    "csv",
    "dataclasses",
    "email/message",
    "functools",
    "http/server",
    "inspect",
    "json/decoder",
    "logging/config",
    "pathlib",
    "pickle",
    "queue",
    "random",
    "shutil",
    "socket",
    "sqlite3/dump",
    "tarfile",
    "tempfile",
    "threading",
    "typing",
    "unittest/case",
    "urllib/parse",
    "uuid",
    "zipfile",
)

Doc = dict[str, Any]


def load_scorer(path: Path) -> ModuleType:
    """Import the scorer from its file."""
    spec = importlib.util.spec_from_file_location("pii_eval", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["pii_eval"] = module  # a dataclass looks its module up by name
    spec.loader.exec_module(module)
    return module


def read(path: Path) -> list[Doc]:
    """The documents of a gzip JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def predict(nlp: Language, texts: list[str]) -> Iterator[list[tuple[int, int, str]]]:
    """Yield the entities (start, end, label) of each text."""
    with nlp.memory_zone():
        for doc in nlp.pipe(texts, batch_size=32):
            yield [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]


def score(nlp: Language, scorer: ModuleType, path: Path, shared: Path) -> Doc:
    """The scorer's result for one gold file."""
    families = json.loads((shared / "tools" / "label_families.json").read_text(encoding="utf-8"))
    known = json.loads((shared / "data" / "pii" / "inventory.json").read_text(encoding="utf-8"))
    documents = read(path)
    tally = scorer.Scorer(labels=LABELS, families=families, inventory=known)
    found = predict(nlp, [document["text"] for document in documents])
    for document, spans in zip(documents, found, strict=True):
        tally.add(document, spans)
    result: Doc = tally.result()
    return result


def code_texts() -> list[str]:
    """Python source that names hardly anyone."""
    library = Path(sysconfig.get_paths()["stdlib"])
    return [(library / f"{name}.py").read_text(encoding="utf-8") for name in CODE]


def code_hits(nlp: Language) -> Doc:
    """Predictions per 1,000 words, by label, in Python source that names hardly anyone."""
    texts = code_texts()
    pieces = [text[i : i + 4000] for text in texts for i in range(0, len(text), 4000)]
    words = sum(len(text.split()) for text in texts)
    hits = Counter(label for spans in predict(nlp, pieces) for _, _, label in spans)
    rates = {label: round(1000 * count / words, 2) for label, count in hits.most_common()}
    return {"words": words, "per_1000_words": round(1000 * hits.total() / words, 2)} | rates


def speed(nlp: Language, documents: list[Doc]) -> Doc:
    """Tokens per second in one thread, and the time of one text of 100 words."""
    texts = [document["text"][:4000] for document in documents]
    tokens = sum(len(doc) for doc in nlp.pipe(texts[:20]))
    started = time.perf_counter()
    tokens = sum(len(doc) for doc in nlp.pipe(texts))
    rate = tokens / (time.perf_counter() - started)
    words = " ".join(" ".join(texts).split()[:20_000]).split()
    hundreds = [" ".join(words[i : i + 100]) for i in range(0, len(words), 100)]
    times = []
    for text in hundreds:
        started = time.perf_counter()
        nlp(text)
        times.append(1000 * (time.perf_counter() - started))
    times.sort()
    median, late = times[len(times) // 2], times[int(len(times) * 0.95)]
    return {"tokens_per_s": round(rate), "ms_100_words": round(median, 2), "p95": round(late, 2)}


def table(results: dict[str, Doc]) -> Iterator[str]:
    """Yield the lines of a Markdown table: file, label, precision, recall, F1, F2."""
    yield "| dev file | label | gold | exact P / R / F1 | overlap P / R / F1 / F2 |"
    yield "|---|---|---|---|---|"
    for name, result in results.items():
        for label, row in [*result["labels"].items(), ("all", result["all"])]:
            if not row["gold"]:
                continue
            exact = " / ".join(f"{row['exact'][k]:.2f}" for k in ("p", "r", "f1"))
            over = " / ".join(f"{row['overlap'][k]:.2f}" for k in ("p", "r", "f1", "f2"))
            yield f"| {name} | {label} | {row['gold']} | {exact} | {over} |"


def blind(results: dict[str, Doc]) -> Iterator[str]:
    """Yield the lines of a Markdown table of the label-blind figures."""
    yield "| dev file | gold spans | leak rate | untouched spans | false positives / 1,000 words |"
    yield "|---|---|---|---|---|"
    for name, result in results.items():
        b = result["blind"]
        rates = f"{b['leak_rate']:.3f} | {b['spans_untouched']:.3f} | {b['fp_per_1000_words']:.1f}"
        yield f"| {name} | {b['gold_spans']} | {rates} |"


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--scorer", type=Path, help="default: tools/pii_eval.py of --shared")
    parser.add_argument("--json", type=Path, help="write every figure to this file as well")
    args = parser.parse_args()
    nlp = spacy.load(args.model)
    scorer = load_scorer(args.scorer or args.shared / "tools" / "pii_eval.py")
    files = sorted((args.shared / "data" / "pii" / "dev").glob("*.jsonl.gz"))
    names = [path.name.removesuffix(".jsonl.gz") for path in files]
    results = {n: score(nlp, scorer, f, args.shared) for n, f in zip(names, files, strict=True)}
    size = sum(path.stat().st_size for path in args.model.rglob("*") if path.is_file())
    extra: Doc = {"code": code_hits(nlp), "speed": speed(nlp, read(files[names.index("pupa.mul")]))}
    extra |= {"bytes": size, "python": platform.python_version(), "spacy": version("spacy")}
    print(*table(results), "", *blind(results), "", json.dumps(extra, indent=1), sep="\n")
    if args.json:
        args.json.write_text(json.dumps({"files": results} | extra, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
