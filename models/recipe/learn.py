"""Train the pipeline's weights: `python -m models.recipe.learn CONFIG TRAIN HELDOUT OUT`.

spaCy trains this network at about a quarter of the speed: its parser takes its steps one token
after the other. Here the gold moves are followed, a batch is a handful of matrix products, and JAX
finds the gradient. The pipeline is made by spaCy from its configuration and gets the weights back
at the end, so what is saved is an ordinary spaCy pipeline.

The same noise as in use is part of training: a word's own rows are replaced by random ones, the
oftener the rarer it is, which is what a word that was never seen looks like.
"""

import argparse
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import reduce
from pathlib import Path
from typing import Any

# one thread, before JAX is loaded
os.environ.setdefault(
    "XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
)

import jax
import jax.numpy as jnp
import numpy as np
import optax
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Example
from spacy.util import load_config, load_model_from_config
from thinc.api import fix_random_seed

from models.recipe.arrays import RARE, Batch, Moves, Reader, Texts, batches
from models.recipe.gold import LABELS
from models.recipe.nodes import Nodes, Weights
from models.recipe.pipeline import cut_inside_words

SIZE = 2048
"""Rows of a batch."""
RATE, WARMUP, DECAY = 2e-3, 400, 0.01
DROPOUT = 0.1
"""Share of values dropped after each layer."""
AVERAGED = 0.999
"""The weights that are kept are a running mean over about a thousand steps."""
EVERY, SAMPLE = 1000, 300
"""Steps between looks at the held-out part, and how many of its documents are looked at."""


def blank(config: Path, seed: int) -> Language:
    """The pipeline of the configuration, with random weights and every label."""
    fix_random_seed(seed)
    settings = load_config(config)
    nlp = load_model_from_config(settings, auto_fill=True)
    cut_inside_words(nlp)
    doc = nlp.make_doc(" ".join(["word"] * len(LABELS)))
    doc.set_ents([Span(doc, at, at + 1, label) for at, label in enumerate(sorted(LABELS))])
    examples = [Example(nlp.make_doc(doc.text), doc)]
    nlp.initialize(lambda: examples)
    return nlp


def greatest(x: jax.Array, units: int) -> jax.Array:
    """The greatest of each unit's pieces, which stand side by side."""
    return reduce(jnp.maximum, jnp.split(x, x.shape[1] // units, axis=1))


def layer(x: jax.Array, weights: tuple[jax.Array, ...]) -> jax.Array:
    """Maxout, then layer normalisation."""
    w, b, gain, shift = weights
    y = greatest(x @ w + b, len(gain))
    y = y - y.mean(1, keepdims=True)
    return y * jax.lax.rsqrt((y * y).mean(1, keepdims=True) + 1e-8) * gain + shift


def scores(
    weights: Weights, batch: dict[str, jax.Array], drop: Callable[..., jax.Array]
) -> jax.Array:
    """float32[row, move]: the network as spaCy computes it, along the gold states."""
    rows = weights["tables"][batch["rows"]]
    x = layer(
        rows.reshape(len(rows), -1, 4, rows.shape[-1]).sum(2).reshape(len(rows), -1),
        weights["maxouts"][0],
    )
    x = drop(0, x) * batch["real"][:, None]
    edge = jnp.zeros((1, x.shape[1]))
    for number, block in enumerate(weights["maxouts"][1:], 1):
        window = jnp.concatenate(
            [jnp.concatenate([edge, x[:-1]]), x, jnp.concatenate([x[1:], edge])], axis=1
        )
        x = x + drop(number, layer(window, block))
    reduced = x @ weights["reduce"][0] + weights["reduce"][1]
    features, bias, pad = weights["lower"]
    parts = [jnp.concatenate([reduced @ features[i], pad[i : i + 1]]) for i in range(3)]
    state = parts[0][:-1] + parts[1][batch["first"]] + parts[2][batch["before"]] + bias
    weight, bias = weights["upper"]
    return greatest(state, len(weight)) @ weight + bias


def loss(
    weights: Weights,
    batch: dict[str, jax.Array],
    allowed: jax.Array,
    drop: Callable[..., jax.Array],
) -> jax.Array:
    """Mean surprise at the gold move among the moves that the state allows."""
    scored = jnp.where(allowed[batch["kind"]], scores(weights, batch, drop), -1e9)
    gold = jnp.take_along_axis(scored, batch["move"][:, None], 1)[:, 0]
    surprise = jax.nn.logsumexp(scored, axis=1) - gold
    return (surprise * batch["weight"]).sum() / batch["weight"].sum()


class Trainer:
    """The weights, the optimizer's memory and the running mean of the weights."""

    def __init__(self, nlp: Language, steps: int, seed: int, rate: float = RATE) -> None:
        """Begin with the weights of `nlp`."""
        self._nodes = Nodes(nlp)
        self._norm_rows = self._nodes.tables[0].get_dim("nV")
        self._allowed = jnp.asarray(Moves.of(nlp).allowed())
        self._optimizer = optax.chain(
            optax.clip_by_global_norm(1.0),
            optax.adamw(
                optax.warmup_cosine_decay_schedule(
                    0.0, rate, min(WARMUP, steps // 5), steps, rate / 50
                ),
                weight_decay=DECAY,
            ),
        )
        self._begun = self._weights = self._mean = self._nodes.read()
        self._memory = self._optimizer.init(self._weights)
        self._key = jax.random.key(seed)
        self._jitted = jax.jit(self._computed)

    def step(self, batch: Batch) -> jax.Array:
        """Learn from one batch; its loss."""
        self._key, key = jax.random.split(self._key)
        self._weights, self._memory, self._mean, value = self._jitted(
            self._weights, self._memory, self._mean, asdict(batch), key
        )
        return value

    def save(self, kept: float = 0.0) -> None:
        """Write the running mean into the pipeline, with this share of what training began with."""
        blended = jax.tree.map(
            lambda old, new: kept * old + (1 - kept) * new, self._begun, self._mean
        )
        self._nodes.write(blended)

    def _computed(
        self,
        weights: Weights,
        memory: Any,  # noqa: ANN401 - optax's state
        mean: Weights,
        batch: dict[str, jax.Array],
        key: jax.Array,
    ) -> tuple[Any, ...]:
        keys = jax.random.split(key, 8)

        def drop(number: int, x: jax.Array) -> jax.Array:
            return x * (jax.random.bernoulli(keys[number], 1 - DROPOUT, x.shape) / (1 - DROPOUT))

        batch = batch | {"rows": self._unseen(batch, keys[6], keys[7])}
        value, gradient = jax.value_and_grad(loss)(weights, batch, self._allowed, drop)
        updates, memory = self._optimizer.update(gradient, memory, weights)
        weights = optax.apply_updates(weights, updates)
        mean = jax.tree.map(lambda old, new: old + (1 - AVERAGED) * (new - old), mean, weights)
        return weights, memory, mean, value

    def _unseen(self, batch: dict[str, jax.Array], which: jax.Array, what: jax.Array) -> jax.Array:
        """Random rows of the first table for some of the words."""
        rows = batch["rows"]
        chosen = jax.random.bernoulli(which, batch["unseen"])[:, None]
        random = jax.random.randint(what, (len(rows), 4), 0, self._norm_rows, rows.dtype)
        return rows.at[:, :4].set(jnp.where(chosen, random, rows[:, :4]))


def read(path: Path, nlp: Language) -> list[Doc]:
    """The documents of a .spacy file."""
    return list(DocBin().from_disk(path).get_docs(nlp.vocab))


def again(texts: Texts, size: int, seed: int) -> Iterator[Batch]:
    """Batches without end, shuffled anew every time round."""
    rng = np.random.default_rng(seed)
    while True:
        yield from batches(texts, size, rng)


def heldout(nlp: Language, docs: list[Doc]) -> dict[str, Any]:
    """What spaCy measures of the pipeline as it is now."""
    figures: dict[str, Any] = nlp.evaluate([Example(nlp.make_doc(doc.text), doc) for doc in docs])
    return {name: value for name, value in figures.items() if name.startswith("ents")}


def main() -> None:
    """Read the command line, train, save."""
    args = _options()
    nlp = spacy.load(args.base) if args.base else blank(args.config, args.seed)
    texts, kept = Reader(nlp, args.rare)(read(args.train, nlp)), read(args.heldout, nlp)
    print(f"{len(texts.word)} tokens, {len(texts.words)} words", flush=True)
    trainer, losses = Trainer(nlp, args.steps, args.seed, args.rate), []
    last = args.stop or args.steps
    for step, batch in zip(range(1, last + 1), again(texts, SIZE, args.seed), strict=False):
        losses.append(float(trainer.step(batch)))
        if step % EVERY and step != last:
            continue
        trainer.save(args.keep)
        figures = heldout(nlp, kept if step == last else kept[:SAMPLE])
        nlp.meta["performance"] = figures
        nlp.to_disk(args.out)
        shown = {name: round(figures[name], 4) for name in ("ents_p", "ents_r", "ents_f")}
        loss_now = round(sum(losses) / len(losses), 4)
        print({"step": step, "loss": loss_now} | shown, flush=True)
        losses.clear()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("config", "train", "heldout", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--steps", type=int, default=8000, help="for which the rate is planned")
    parser.add_argument("--stop", type=int, help="step to end at; default: the last")
    parser.add_argument("--base", type=Path, help="pipeline to go on from; default: begin anew")
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--rare", type=int, default=RARE, help="see arrays.unseen")
    parser.add_argument("--keep", type=float, default=0.0, help="share of the base in the result")
    parser.add_argument("--seed", type=int, default=20)
    return parser.parse_args()


if __name__ == "__main__":
    main()
