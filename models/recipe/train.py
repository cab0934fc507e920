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

from models.recipe.resume import resume

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
    parser.add_argument("--synthetic", type=int, default=60_000, help="number of documents")
    parser.add_argument("--steps", type=int, default=6800, help="optimizer steps")
    parser.add_argument("--base", type=Path, help="go on from this model; default: begin anew")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--version", default="1.1.0")
    args = parser.parse_args()
    data, trained = args.scratch.resolve() / "data", args.scratch.resolve() / "trained"
    chosen = ("--synthetic", args.synthetic, "--seed", args.seed)
    run("models.recipe.prepare", data, "--shared", args.shared.resolve(), *chosen)
    config = RECIPE / "config.cfg"
    if args.base:
        config = resume(args.base.resolve(), config, args.scratch.resolve())
    run(
        *("spacy", "train", config, "--code", RECIPE / "pipeline.py"),
        *("--output", trained),
        *("--paths.train", data / "train.spacy", "--paths.dev", data / "heldout.spacy"),
        *("--training.max_steps", args.steps, "--system.seed", args.seed),
    )
    best, version = trained / "model-best", ("--version", args.version)
    run("models.recipe.package", best, args.out.resolve(), *version)


if __name__ == "__main__":
    main()
