"""Make the shipped folder from a trained model: `python -m models.recipe.package TRAINED OUT`.

The vocabulary of the training texts is left behind (it is a word list of those texts, and the
model needs hashes only), the lemmatizer is added, training-only configuration is removed, and
MANIFEST.sha256 is written. The model card and the attribution lines already in OUT are kept.
"""

import argparse
import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.util import load_config

from models.recipe.arrays import Moves
from models.recipe.pipeline import add_lemmas

KEPT = ("MODEL_CARD.md", "LICENSES_SOURCES")
MANIFEST = "MANIFEST.sha256"
VERSION = "1.3.2"
LEAN = {
    "PERSON": 0.5,
    "ORGANIZATION": 1.2,
    "LOCATION": 0.2,
    "NRP": 1.3,
    "ADDRESS": 1.6,
    "DATE_TIME": 0.5,
}
"""How much the score of beginning a name is raised, by label: for redaction a missed name costs
more than a false one. Chosen on the dev files; what other values give stands in the model card."""

_META = {
    "name": "guardrail_ner",
    "description": "Names, places, organisations, dates and nationalities in prompts.",
    "author": "guardrail-gw contributors",
    "license": "Apache-2.0",
    "url": "",
    "email": "",
    # spaCy knows one code, "xx"; the gateway reads these (`detection.require`)
    "languages": [
        *("bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hr"),
        *("hu", "it", "lt", "lv", "mt", "nl", "pl", "pt", "ro", "sk", "sl", "sv"),
    ],
}
_TRAINING_ONLY = ("paths", "corpora", "training", "pretraining", "initialize", "system")


def assemble(trained: Path, version: str) -> Language:
    """The trained pipeline, leaning towards names, with an empty vocabulary and the lemmatizer."""
    nlp = spacy.load(trained, exclude=["vocab"])
    lean(nlp, LEAN)
    add_lemmas(nlp)
    nlp.meta.update(_META, version=version, performance=_performance(nlp.meta))
    return nlp


def lean(nlp: Language, by: Mapping[str, float]) -> None:
    """Raise the score of beginning a name, by label, in natural logarithms."""
    recognizer: Any = nlp.get_pipe("ner")  # untyped component
    upper, columns = recognizer.model.layers[-1], Moves.of(nlp).columns
    bias = upper.get_param("b").copy()
    for label, more in by.items():
        bias[[columns[f"B-{label}"], columns[f"U-{label}"]]] += more
    upper.set_param("b", bias)


def _performance(meta: dict[str, Any]) -> dict[str, Any]:
    """The held-out figures without the losses."""
    figures = meta.get("performance", {})
    return {key: value for key, value in figures.items() if key.startswith("ents")}


def strip(folder: Path) -> None:
    """Remove what only training needs from config.cfg: it names files and code of the recipe."""
    config = load_config(folder / "config.cfg")
    for section in _TRAINING_ONLY:
        config.pop(section, None)
    config.to_disk(folder / "config.cfg")
    path = folder / "meta.json"
    meta = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(meta, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_manifest(folder: Path) -> None:
    """Write the checksum of every file below `folder`, in the format of sha256sum."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != MANIFEST)
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in files
    ]
    (folder / MANIFEST).write_text("".join(lines), encoding="utf-8")


def replace(out: Path, fresh: Path) -> None:
    """Put `fresh` where `out` is; a reader sees the old folder or the new one."""
    old = out.with_name(f"{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    fresh.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def package(trained: Path, out: Path, version: str) -> None:
    """Write the shipped folder `out` from the spaCy training result `trained`."""
    fresh = out.with_name(f"{out.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    assemble(trained, version).to_disk(fresh)
    strip(fresh)
    for name in KEPT:
        if (out / name).exists():
            shutil.copy(out / name, fresh / name)
    write_manifest(fresh)
    replace(out, fresh)


def main() -> None:
    """Read the command line; without TRAINED only the manifest is written anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trained", type=Path, nargs="?")
    parser.add_argument("out", type=Path)
    parser.add_argument("--version", default=VERSION)
    args = parser.parse_args()
    if args.trained is None:
        write_manifest(args.out)
    else:
        package(args.trained, args.out, args.version)


if __name__ == "__main__":
    main()
