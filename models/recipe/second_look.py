"""Learn the second look at German texts: `python -m models.recipe.second_look MODEL`.

Reads what the packaged model finds, and would find if it leaned to names more, in the German
training texts and in German documents made from templates; fits one logistic regression per label
to what of it is marked so; writes MODEL/second_look.npz and the checksums. The dev files are never
read here.
"""

import argparse
import gzip
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guardrail_gw.detection.ner import LEAN
from guardrail_gw.detection.pipeline import load_pipeline
from guardrail_gw.detection.second_look import (
    DENSE,
    FILE,
    HASHED,
    Features,
    Span,
    candidates,
    features_of,
)
from guardrail_gw.detection.tokens import Tokenizer
from guardrail_gw.detection.weights import network_of
from models.recipe.gold import LABELS
from models.recipe.package import write_manifest
from models.recipe.pools import read_lists
from models.recipe.synthetic import Writer
from models.recipe.train import REPOSITORY, SHARED

MODEL = REPOSITORY / "models" / "guardrail_xx_ner"

LOOKED_AT = ("LOCATION", "ORGANIZATION")
_MADE = 1500
"""German documents from templates."""
_LONGEST = 4_000
_STEPS, _RATE, _DECAY, _DECAY_DENSE = 120, 0.3, 0.5, 0.01
"""Steps of AdaGrad, and how much weights are drawn to 0."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Gold:
    """A text, what is marked in it, and which labels are marked wherever they occur."""

    text: str
    spans: Sequence[Span]
    known: frozenset[str]


@dataclass(frozen=True, slots=True)
class Read:
    """What the network made of a text; see `second_look.Looked`."""

    text: str
    places: Sequence[tuple[int, int]]
    both: Any

    def margin(self, token: int) -> float:
        """As in use."""
        return float(self.both.margin(token))


class Finder:
    """A packaged model, computed as in use."""

    def __init__(self, model: Path) -> None:
        """Load it."""
        nlp = load_pipeline(model, ("lemmatizer",))
        self._network = network_of(nlp)
        self._tokens = Tokenizer(nlp, self._network.embedding.attributes)

    def __call__(self, gold: Gold) -> Iterator[tuple[str, Features, bool]]:
        """Yield label and features of what is found, and whether it is marked so.

        What touches only a mark of another label, or may be one that nobody marked, is left out.
        """
        tokens = self._tokens(gold.text)
        if not tokens.names:
            return
        both = self._network.leaning([tokens], ({}, LEAN))
        (sure,), (leaning,) = both.found
        read = Read(gold.text, tokens.places, both)
        for span in (*sure, *candidates(sure, leaning)):
            label = span[2]
            start, end = tokens.places[span[0]][0], tokens.places[span[1] - 1][1]
            touched = {name for a, b, name in gold.spans if a < end and b > start}
            if label in LOOKED_AT and (label in touched or (not touched and label in gold.known)):
                yield label, features_of(read, span), label in touched


class Table:
    """Rows of features, as one sparse matrix."""

    def __init__(self, rows: Sequence[Features]) -> None:
        """Put them one behind the other."""
        self._columns = np.concatenate([np.array(row.weights, dtype=np.intp) for row in rows])
        self._values = np.concatenate([np.array(row.values) for row in rows])
        self._rows = np.repeat(np.arange(len(rows)), [len(row.weights) for row in rows])
        self._count = len(rows)

    def scores(self, weights: Numbers) -> Numbers:
        """float64[row]."""
        parts: Numbers = self._values * weights[self._columns]
        return np.bincount(self._rows, parts, self._count).astype(np.float64)

    def gradient(self, by: Numbers) -> Numbers:
        """float64[weight]: the sum of all rows, each times its number of `by`."""
        parts: Numbers = self._values * by[self._rows]
        return np.bincount(self._columns, parts, DENSE + HASHED).astype(np.float64)


def fitted(rows: Sequence[Features], right: Sequence[bool]) -> Numbers:
    """float64[weight]: the logistic regression of `right` on the features."""
    table, wanted = Table(rows), np.array(right, dtype=np.float64)
    weights, decay = np.zeros(DENSE + HASHED), np.full(DENSE + HASHED, _DECAY)
    decay[:DENSE] = _DECAY_DENSE
    squares = np.full(DENSE + HASHED, 1e-4)
    for _ in range(_STEPS):
        chances = 1 / (1 + np.exp(-table.scores(weights)))
        gradient = table.gradient(chances - wanted) + decay * weights
        squares += gradient * gradient
        weights -= _RATE * gradient / np.sqrt(squares)
    return weights


def gold(pii: Path) -> Iterator[Gold]:
    """Yield the German training texts."""
    inventory = json.loads((pii / "inventory.json").read_text(encoding="utf-8"))
    for path in sorted((pii / "train").glob("*.de.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                source = json.loads(line)
                spans = [(each["start"], each["end"], each["label"]) for each in source["spans"]]
                known = inventory[source["source"]] if source["complete"] else ()
                yield Gold(source["text"][:_LONGEST], spans, frozenset(known))


def made(pii: Path, seed: int) -> Iterator[Gold]:
    """Yield German documents made from templates."""
    writer = Writer("de", read_lists(pii), random.Random(seed))
    for _ in range(_MADE):
        marked = writer.document()
        yield Gold(marked.text, marked.spans, LABELS)


def write(model: Path, weights: dict[str, Numbers]) -> None:
    """Put the weights into the model's folder, in half precision, and write its checksums."""
    kept: dict[str, Any] = {label: each.astype(np.float16) for label, each in weights.items()}
    np.savez_compressed(model / FILE, allow_pickle=False, **kept)
    write_manifest(model)


def main() -> None:
    """Read the command line, collect, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=MODEL)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--seed", type=int, default=22)
    args = parser.parse_args()
    pii, finder = args.shared / "data" / "pii", Finder(args.model)
    found = [each for text in (*gold(pii), *made(pii, args.seed)) for each in finder(text)]
    weights = {}
    for label in LOOKED_AT:
        rows = [(seen, right) for name, seen, right in found if name == label]
        print(f"{label}: {len(rows)} found, {sum(right for _, right in rows)} of them marked")
        weights[label] = fitted([seen for seen, _ in rows], [right for _, right in rows])
    write(args.model, weights)


if __name__ == "__main__":
    main()
