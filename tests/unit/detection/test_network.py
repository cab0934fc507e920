"""The parts of the network, on numbers of our own."""

import numpy as np
import pytest
from thinc.api import NumpyOps

from guardrail_gw.detection.network import Embedding, Encoder, Maxout, Table

RANDOM = np.random.default_rng(7)
WIDTH = 4


def words(*numbers: int) -> list[bytes]:
    """Names of tokens with two attributes."""
    return [np.array([n, n // 2], dtype=np.uint64).tobytes() for n in numbers]


def floats(*shape: int) -> np.ndarray:
    """Numbers of that shape."""
    return RANDOM.standard_normal(shape).astype(np.float32)


def maxout(inputs: int, pieces: int = 2) -> Maxout:
    """A layer with random weights."""
    return Maxout(
        weights=floats(inputs, pieces * WIDTH),
        bias=floats(pieces * WIDTH),
        pieces=pieces,
        gain=floats(WIDTH),
        shift=floats(WIDTH),
    )


def test_a_layer_takes_the_greatest_piece_and_normalises_it() -> None:
    """The result is that of the definition, written out."""
    layer, x = maxout(6, pieces=3), floats(5, 6)

    got = layer(x)

    y = (x @ layer.weights + layer.bias).reshape(5, 3, WIDTH).max(axis=1)
    y = (y - y.mean(axis=1, keepdims=True)) / np.sqrt(y.var(axis=1, keepdims=True) + 1e-8)
    assert np.allclose(got, y * layer.gain + layer.shift, atol=1e-5)


@pytest.mark.parametrize("remembered", [1, 3, 5, 100])
def test_what_is_remembered_is_what_was_computed(remembered: int) -> None:
    """However little is remembered, and whatever was forgotten, a token has its vector."""
    tables = [Table(column=i, seed=8 + i, rows=floats(50, WIDTH)) for i in range(2)]
    layer = maxout(2 * WIDTH)
    small, large = (
        Embedding(("A", "B"), tables, layer, NumpyOps(), remembered=n) for n in (remembered, 1_000)
    )
    calls = [words(1, 2, 1), words(3, 4, 5, 1), words(2, 2, 6), words(1, 5)] * 2

    pairs = [(small(names), large(names)) for names in calls]

    assert all(np.allclose(one, other, atol=1e-5) for one, other in pairs)


def test_a_document_does_not_see_its_neighbour() -> None:
    """What is read beside a document changes nothing for it."""
    encoder = Encoder([maxout(3 * WIDTH) for _ in range(3)], padding=3)
    one, other = floats(6, WIDTH), floats(4, WIDTH)

    together = encoder(np.concatenate([other, one, other]), [4, 6, 4])

    assert np.allclose(together[4:10], encoder(one, [6]), atol=1e-5)
