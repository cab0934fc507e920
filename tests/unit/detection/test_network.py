"""The parts of the network, on numbers of our own."""

import numpy as np
import pytest
from thinc.api import NumpyOps

from guardrail_gw.detection.network import Decoder, Embedding, Encoder, Maxout, Moves, Table

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


def decoder() -> Decoder:
    """One that scores a token by its own row alone, for the moves O, B-X, I-X, L-X and U-X."""
    columns = [np.array([column]) for column in range(5)]
    moves = Moves(
        labels=("X",),
        out=0,
        begin=columns[1],
        inside=columns[2],
        last=columns[3],
        unit=columns[4],
    )
    eye = np.eye(5, dtype=np.float32)
    lower = np.zeros((3, 5, 2, 5), dtype=np.float32)
    lower[0] = np.stack([eye, eye], axis=1)
    zeros = np.zeros(5, dtype=np.float32)
    return Decoder(
        moves=moves,
        reduce=(eye, zeros),
        lower=(lower, np.zeros((5, 2), np.float32), np.zeros((1, 3, 5, 2), np.float32)),
        upper=(eye, zeros),
    )


O, B, I, L, U = np.eye(5, dtype=np.float32)  # noqa: E741 - as the moves are called


@pytest.mark.parametrize(
    ("rows", "spaces", "found"),
    [
        ([O, U, O], [], [(1, 2, "X")]),
        ([B, I, L, O], [], [(0, 3, "X")]),
        ([B, L, B, L], [], [(0, 2, "X"), (2, 4, "X")]),
        ([O, O, B], [], []),  # nothing begins at the last token: the best of the others
        ([B, I, I], [], [(0, 3, "X")]),  # what is open ends with the text
        ([B, B, O], [], [(0, 3, "X")]),  # nothing begins within an entity
        ([U, O, O], [0], []),  # nor at white space
        ([I, L, O], [], []),  # nothing goes on that did not begin
    ],
)
def test_only_what_may_follow_follows(
    rows: list[np.ndarray], spaces: list[int], found: list[tuple[int, int, str]]
) -> None:
    """The best move is taken of those that the state allows."""
    scores = np.stack([row + 0.1 * O for row in rows])
    blank = np.array([at in spaces for at in range(len(rows))])

    got = decoder()(scores, [len(rows)], blank)

    assert got == [found]


def test_leaning_raises_what_begins_a_name() -> None:
    """What is just no name without a lean is one with it, and nothing else changes."""
    scores = np.stack([0.5 * U + O, O, O])
    blank = np.zeros(3, dtype=bool)

    plain, leaning = decoder().leaning(scores, [3], blank, ({}, {"X": 1.0}))

    assert plain == [[]]
    assert leaning == [[(0, 1, "X")]]
