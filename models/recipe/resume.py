"""Go on from a model that is there: its weights, with labels it does not have yet.

A second training on more and other text costs a fraction of a new one. The configuration is that
of a new training, with the components taken from the old model and smaller, steadier steps.
"""

from pathlib import Path

import spacy
from spacy.util import load_config

from models.recipe.gold import LABELS

RATE, WARMUP, WORDS = 0.0012, 150, 800
"""Highest rate of learning, steps until it is reached, words in a batch."""
EVERY = 500
"""Steps between looks at the held-out part."""


def resume(base: Path, config: Path, scratch: Path) -> Path:
    """Write `base` with every label and a configuration that starts from it, which is returned."""
    nlp = spacy.load(base, exclude=["lemmatizer"])
    recognizer = nlp.get_pipe("ner")
    for label in sorted(LABELS):
        recognizer.add_label(label)  # type: ignore[attr-defined]  # untyped component
    nlp.to_disk(scratch / "base")
    changed = load_config(config)
    for name in ("tok2vec", "ner"):
        changed["components"][name] = {"source": str(scratch / "base")}
    training = changed["training"]
    training.update(max_epochs=-1, eval_frequency=EVERY)  # streamed: the texts are shuffled already
    training["batcher"]["size"] = WORDS
    training["optimizer"]["learn_rate"].update(warmup_steps=WARMUP, initial_rate=RATE)
    changed.to_disk(scratch / "config.cfg")
    return scratch / "config.cfg"
