"""Make the model: prepare, train, package. `python -m models.recipe.train` does it all.

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


def run(*command: object) -> None:
    """Run a Python module in one thread, repeatably, and stop if it fails."""
    settings = {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}  # some Faker lists come from sets
    words = [sys.executable, "-m", *map(str, command)]
    # S603: the words are this file's own
    subprocess.run(words, cwd=REPOSITORY, env=os.environ | settings, check=True)  # noqa: S603 - our own command


def main() -> None:
    """Read the command line and run the three steps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--scratch", type=Path, default=SCRATCH)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "models" / "guardrail_xx_ner")
    parser.add_argument("--synthetic", type=int, default=70_000, help="number of documents")
    parser.add_argument("--steps", type=int, default=8000, help="optimizer steps")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--version", default=VERSION)
    args = parser.parse_args()
    data, trained = args.scratch.resolve() / "data", args.scratch.resolve() / "trained"
    chosen = ("--synthetic", args.synthetic, "--seed", args.seed)
    run("models.recipe.prepare", data, "--shared", args.shared.resolve(), *chosen)
    run(
        *("models.recipe.learn", RECIPE / "config.cfg"),
        *(data / "train.spacy", data / "heldout.spacy", trained),
        *("--steps", args.steps, "--seed", args.seed),
    )
    run("models.recipe.package", trained, args.out.resolve(), "--version", args.version)


if __name__ == "__main__":
    main()
