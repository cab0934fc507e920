"""The shipped kind of spaCy network, computed whole: tokens to spans without thinc or its parser.

spaCy spends more time around the arithmetic than in it: attributes and rows are looked up anew for
every token, and its parser takes each token by itself, through 26 checks and three small products.
Here a token's embedding is looked up when it was seen before, the encoder is a handful of products
over all texts at once, and of the parser's states those without an open entity, nearly all, are
scored together.

Source: spaCy 3.8, `MultiHashEmbed`, `MaxoutWindowEncoder`, `TransitionBasedParser` with
`state_type = "ner"`, and the parser's rules for what may follow what (BILUO). What is built
otherwise is refused with `UnknownNetwork`, and spaCy computes it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, filterfalse
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guardrail_gw.detection.decoder import Decoder, Floats, Leaning, TokenSpan, greatest
from guardrail_gw.detection.misread import Doubted
from guardrail_gw.detection.tokens import Tokens

ROWS = 8_192
"""Tokens whose first vectors are remembered: 3 MB at a width of 96."""
_EPSILON = np.float32(1e-8)
"""thinc's, in its layer normalisation."""


class UnknownNetwork(Exception):  # noqa: N818 - named for what happened
    """The pipeline is not of the one kind that is computed here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maxout:
    """A product, the greatest of each unit's pieces, normalised to mean 0 and variance 1."""

    weights: Floats = field(repr=False)
    """[input, piece * output]: one piece's outputs stand side by side."""
    bias: Floats = field(repr=False)
    """[piece * output]."""
    pieces: int
    gain: Floats = field(repr=False)
    shift: Floats = field(repr=False)

    def __call__(self, x: Floats) -> Floats:
        """float32[row, input] -> float32[row, output]."""
        y = x @ self.weights
        y += self.bias
        best = greatest(y, self.pieces)
        width = np.float32(best.shape[1])
        best -= np.add.reduce(best, axis=1, keepdims=True) / width
        variance = np.einsum("ij,ij->i", best, best) / width
        variance += _EPSILON
        best /= np.sqrt(variance)[:, None]
        best *= self.gain
        best += self.shift
        return best


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One hashed embedding: a key's vector is the sum of four rows."""

    column: int
    seed: int
    rows: Floats = field(repr=False)


class Embedding:
    """From a token's attributes to its first vector; what was computed is remembered.

    Args:
        attributes: spaCy's names of them: `NORM`.
        tables: one per attribute.
        mix: from their vectors, side by side, to one.
        ops: thinc's, for its hash function.
        remembered: tokens whose vectors are kept; when full, all are forgotten.
    """

    def __init__(
        self,
        attributes: Sequence[str],
        tables: Sequence[Table],
        mix: Maxout,
        ops: Any,  # noqa: ANN401 - thinc's own, untyped
        *,
        remembered: int = ROWS,
    ) -> None:
        self.attributes = tuple(attributes)
        self._tables = tuple(tables)
        self._mix = mix
        self._ops = ops
        self.width = mix.gain.shape[0]
        self._known: dict[bytes, int] = {}
        self._rows: Floats = np.full((remembered, self.width), np.nan, dtype=np.float32)
        """Written once here, so that memory is taken at the start and not as words come."""

    def __call__(self, names: Sequence[bytes]) -> Floats:
        """float32[token, width]; a token's name is its attributes, uint64, one after the other."""
        known = self._known
        new = dict.fromkeys(filterfalse(known.__contains__, names))
        if len(known) + len(new) > len(self._rows):
            known.clear()
            new = dict.fromkeys(names)
            if len(new) > len(self._rows):
                return self._computed(self._keys(names))
        if new:
            start, end = len(known), len(known) + len(new)
            self._rows[start:end] = self._computed(self._keys(new))
            known.update(zip(new, range(start, end), strict=True))
        return self._rows.take([*map(known.__getitem__, names)], axis=0)

    def _keys(self, names: Iterable[bytes]) -> NDArray[np.uint64]:
        return np.frombuffer(b"".join(names), np.uint64).reshape(-1, len(self.attributes))

    def _computed(self, keys: NDArray[np.uint64]) -> Floats:
        vectors = []
        for table in self._tables:
            column = np.ascontiguousarray(keys[:, table.column])
            rows = self._ops.hash(column, table.seed) % len(table.rows)
            vectors.append(np.add.reduce(table.rows.take(rows, axis=0), axis=1))
        return self._mix(np.concatenate(vectors, axis=1))


class Encoder:
    """From a token's first vector to one that knows its neighbours.

    Args:
        blocks: each sees a token and its neighbours on either side, and adds to the token.
        padding: rows of zeros between two documents, as many as there are blocks.
    """

    def __init__(self, blocks: Sequence[Maxout], padding: int) -> None:
        self._blocks = tuple(blocks)
        self._padding = padding

    def __call__(self, x: Floats, lengths: Sequence[int]) -> Floats:
        """float32[token, width] of documents of these lengths -> the same shape."""
        width = x.shape[1]
        places = self._places(lengths)
        count = len(x) + self._padding * (len(lengths) + 1)
        padded = np.zeros((count + 2, width), dtype=np.float32)  # one more at either end
        padded[places] = x
        windows = np.lib.stride_tricks.as_strided(padded, (count, 3 * width), padded.strides)
        for block in self._blocks:
            padded[1:-1] += block(windows.copy())  # rows that overlap are no matrix to BLAS
        return padded[places]

    def _places(self, lengths: Sequence[int]) -> slice | NDArray[np.intp]:
        """The rows of the tokens, behind one row and the padding before each document."""
        if len(lengths) == 1:
            return slice(1 + self._padding, 1 + self._padding + lengths[0])
        gaps = np.repeat(np.arange(1, len(lengths) + 1) * self._padding, lengths)
        return np.arange(1, len(gaps) + 1) + gaps


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """All of it: tokens in, entities out."""

    embedding: Embedding
    encoder: Encoder
    decoder: Decoder

    def __call__(self, texts: Sequence[Tokens]) -> list[list[TokenSpan]]:
        """The entities of each text, in tokens; a text has at least one token."""
        return self.leaning(texts, ({},)).found[0]

    def leaning(
        self,
        texts: Sequence[Tokens],
        leans: Sequence[Mapping[str, float]],
        doubted: Doubted | None = None,
    ) -> Leaning:
        """The same once for each lean, for little more than the price of one; see `Decoder`."""
        if not texts:
            return Leaning([[] for _ in leans], np.zeros((0, 1), dtype=np.float32), 0)
        lengths = [len(text.names) for text in texts]
        names = [*chain.from_iterable(text.names for text in texts)]
        vectors = self.encoder(self.embedding(names), lengths)
        spaces = np.array([*chain.from_iterable(text.spaces for text in texts)], dtype=np.bool_)
        return self.decoder.leaning(vectors, lengths, spaces, leans, doubted)
