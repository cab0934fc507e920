"""Make the model: prepare, train, package, look again. `python -m models.recipe.train` does it all.

The scratch folder (texts in spaCy's binary format, checkpoints) is outside the repository and may
be deleted afterwards; only the packaged model is kept.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from models.recipe.package import VERSION

RECIPE = Path(__file__).resolve().parent
REPOSITORY = RECIPE.parents[1]
SHARED = Path(os.environ.get("GUARDRAIL_SHARED", REPOSITORY / "../shared"))
SCRATCH = Path(tempfile.gettempdir()) / "guardrail-ner"


SECOND = ("--steps", 2000, "--rate", 0.001, "--rare", 3, "--keep", 0.5)
"""The second round: shorter and gentler, words that were met keep their own rows more often, and
the result is the mean of both rounds."""


def run(*command: object) -> None:
    """Run a Python module in one thread, repeatably, and stop if it fails."""
    settings = {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}  # some Faker lists come from sets
    words = [sys.executable, "-m", *map(str, command)]
    # S603: the words are this file's own
    subprocess.run(words, cwd=REPOSITORY, env=os.environ | settings, check=True)  # noqa: S603 - our own command


def main() -> None:
    """Read the command line and run the steps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--scratch", type=Path, default=SCRATCH)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "models" / "guardrail_xx_ner")
    parser.add_argument("--synthetic", type=int, default=80_000, help="number of documents")
    parser.add_argument("--steps", type=int, default=8000, help="of the first round")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--version", default=VERSION)
    args = parser.parse_args()
    data, first, trained = (args.scratch.resolve() / name for name in ("data", "first", "trained"))
    chosen = ("--synthetic", args.synthetic, "--seed", args.seed)
    run("models.recipe.prepare", data, "--shared", args.shared.resolve(), *chosen)
    texts = (RECIPE / "config.cfg", data / "train.spacy", data / "heldout.spacy")
    run("models.recipe.learn", *texts, first, "--steps", args.steps, "--seed", args.seed)
    run("models.recipe.learn", *texts, trained, "--base", first, *SECOND, "--seed", args.seed + 1)
    out = args.out.resolve()
    run("models.recipe.package", trained, out, "--version", args.version)
    run("models.recipe.second_look", out, "--shared", args.shared.resolve())


if __name__ == "__main__":
    main()
