"""The weights of a spaCy pipeline as the trainer holds them, and back again."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from spacy.language import Language

Weights = dict[str, Any]


class Nodes:
    """The layers of a pipeline that have weights."""

    def __init__(self, nlp: Language) -> None:
        """Find them by name."""
        layers = [
            node
            for name in ("tok2vec", "ner")
            for node in nlp.get_pipe(name).model.walk()  # type: ignore[attr-defined]  # untyped component
        ]
        self.tables = [node for node in layers if node.name == "hashembed"]
        self.maxouts = [node for node in layers if node.name == "maxout"]
        self.norms = [node for node in layers if node.name == "layernorm"]
        self.upper, self.reduce = [node for node in layers if node.name == "linear"]
        (self.lower,) = [node for node in layers if node.has_param("pad")]

    def read(self) -> Weights:
        """The weights as the trainer holds them: inputs by outputs, pieces side by side."""
        weights = {
            "tables": np.concatenate([node.get_param("E") for node in self.tables]),
            "maxouts": [
                (_flat(node.get_param("W")), node.get_param("b").T.reshape(-1), *_both(norm))
                for node, norm in zip(self.maxouts, self.norms, strict=True)
            ],
            "reduce": (self.reduce.get_param("W").T, self.reduce.get_param("b")),
            "lower": (
                np.stack([_flat(each) for each in self.lower.get_param("W")]),
                self.lower.get_param("b").T.reshape(-1),
                np.stack([each.T.reshape(-1) for each in self.lower.get_param("pad")[0]]),
            ),
            "upper": (self.upper.get_param("W").T, self.upper.get_param("b")),
        }
        copied: Weights = jax.tree.map(lambda array: jnp.array(array, copy=True), weights)
        return copied

    def write(self, weights: Weights) -> None:
        """Put the weights back."""
        held = jax.tree.map(np.asarray, weights)
        sizes = np.cumsum([node.get_dim("nV") for node in self.tables])
        for node, rows in zip(self.tables, np.split(held["tables"], sizes[:-1]), strict=True):
            _set(node, "E", rows)
        for node, norm, (w, b, gain, shift) in zip(
            self.maxouts, self.norms, held["maxouts"], strict=True
        ):
            _set(node, "W", _deep(w, node.get_param("W").shape))
            _set(node, "b", b.reshape(node.get_param("b").T.shape).T)
            _set(norm, "G", gain)
            _set(norm, "b", shift)
        for node, (w, b) in ((self.reduce, held["reduce"]), (self.upper, held["upper"])):
            _set(node, "W", w.T)
            _set(node, "b", b)
        self._write_lower(*held["lower"])

    def _write_lower(self, w: np.ndarray, b: np.ndarray, pad: np.ndarray) -> None:
        node = self.lower
        shape = node.get_param("W").shape
        _set(node, "W", np.stack([_deep(each, shape[1:]) for each in w]))
        _set(node, "b", b.reshape(node.get_param("b").T.shape).T)
        units, pieces = shape[1:3]
        _set(node, "pad", np.stack([each.reshape(pieces, units).T for each in pad])[None])


def _set(node: Any, name: str, array: np.ndarray) -> None:  # noqa: ANN401 - thinc's own, untyped
    node.set_param(name, np.array(array, dtype=np.float32, order="C"))  # JAX's own is read-only


def _both(norm: Any) -> tuple[np.ndarray, np.ndarray]:  # noqa: ANN401 - ditto
    return norm.get_param("G"), norm.get_param("b")


def _flat(w: np.ndarray) -> np.ndarray:
    """[output, piece, input] -> [input, piece * output]."""
    outputs, pieces, inputs = w.shape
    return w.transpose(2, 1, 0).reshape(inputs, pieces * outputs)


def _deep(w: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """[input, piece * output] -> [output, piece, input]."""
    outputs, pieces, inputs = shape
    return w.reshape(inputs, pieces, outputs).transpose(2, 1, 0)
