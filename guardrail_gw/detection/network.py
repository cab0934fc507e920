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

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guardrail_gw.detection.tokens import Tokens

Floats = NDArray[np.float32]
TokenSpan = tuple[int, int, str]
"""First token, token behind the last, label."""

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
        best = _greatest(y, self.pieces)
        width = np.float32(best.shape[1])
        best -= np.add.reduce(best, axis=1, keepdims=True) / width
        variance = np.einsum("ij,ij->i", best, best) / width
        variance += _EPSILON
        best /= np.sqrt(variance)[:, None]
        best *= self.gain
        best += self.shift
        return best


def _greatest(x: Floats, pieces: int) -> Floats:
    """float32[row, piece * unit] -> the greatest of each unit's pieces, float32[row, unit]."""
    units = x.shape[1] // pieces
    best: Floats = np.maximum(x[:, :units], x[:, units : 2 * units])
    for at in range(2 * units, x.shape[1], units):
        np.maximum(best, x[:, at : at + units], out=best)
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
        new = dict.fromkeys(name for name in names if name not in known)
        if len(known) + len(new) > len(self._rows):
            known.clear()
            new = dict.fromkeys(names)
            if len(new) > len(self._rows):
                return self._computed(self._keys(names))
        if new:
            start, end = len(known), len(known) + len(new)
            self._rows[start:end] = self._computed(self._keys(new))
            known.update(zip(new, range(start, end), strict=True))
        return self._rows[[known[name] for name in names]]

    def _keys(self, names: Iterable[bytes]) -> NDArray[np.uint64]:
        return np.frombuffer(b"".join(names), np.uint64).reshape(-1, len(self.attributes))

    def _computed(self, keys: NDArray[np.uint64]) -> Floats:
        vectors = []
        for table in self._tables:
            column = np.ascontiguousarray(keys[:, table.column])
            rows = self._ops.hash(column, table.seed) % len(table.rows)
            vectors.append(table.rows[rows].sum(axis=1))
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
        padded[places + 1] = x
        windows = np.lib.stride_tricks.as_strided(padded, (count, 3 * width), padded.strides)
        for block in self._blocks:
            padded[1:-1] += block(windows.copy())  # rows that overlap are no matrix to BLAS
        return padded[places + 1]

    def _places(self, lengths: Sequence[int]) -> NDArray[np.intp]:
        gaps = np.repeat(np.arange(1, len(lengths) + 1) * self._padding, lengths)
        return np.arange(len(gaps)) + gaps


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What the parser can do with a token, by column of its scores."""

    labels: tuple[str, ...]
    begin: NDArray[np.intp]
    """For each label its column; `inside` and `last` likewise."""
    inside: NDArray[np.intp]
    last: NDArray[np.intp]
    unit: NDArray[np.intp]
    out: int


class Decoder:
    """From tokens' vectors to entities, as spaCy's greedy parser takes its steps.

    A state is the token, the first token of the entity that is open, and the token before: three
    parts that are computed once per token and added up. With no entity open, only the token
    counts, so all those states are scored at once.

    Args:
        moves: what the columns of the scores mean.
        reduce: weights [width, hidden] and bias from a token's vector to the parser's own.
        lower: weights [feature, unit, piece, hidden], bias [unit, piece] and what stands for an
            absent feature [1, feature, unit, piece].
        upper: weights [unit, move] and bias from a state to the scores.
    """

    def __init__(
        self,
        *,
        moves: Moves,
        reduce: tuple[Floats, Floats],
        lower: tuple[Floats, Floats, Floats],
        upper: tuple[Floats, Floats],
    ) -> None:
        self._moves = moves
        self._reduce = reduce
        weights, bias, pad = lower
        features, units, pieces, _ = weights.shape
        self._features: tuple[Floats, ...] = tuple(
            np.ascontiguousarray(each.transpose(2, 1, 0).reshape(-1, pieces * units))
            for each in weights
        )
        pad = pad.reshape(features, units, pieces).transpose(0, 2, 1)
        self._pad: Floats = np.ascontiguousarray(pad.reshape(features, pieces * units))
        self._bias: Floats = np.ascontiguousarray(bias.T.reshape(-1))
        self._pieces = pieces
        self._upper = upper
        self._closed_moves = np.sort(np.concatenate([moves.begin, moves.unit, [moves.out]]))
        self._lone_moves = np.sort(np.concatenate([moves.unit, [moves.out]]))
        self._units = frozenset(moves.unit.tolist())
        columns = (*moves.begin.tolist(), *moves.unit.tolist())
        self._label_of = dict(zip(columns, (*range(len(moves.labels)),) * 2, strict=True))

    def __call__(
        self, vectors: Floats, lengths: Sequence[int], spaces: NDArray[np.bool_]
    ) -> list[list[TokenSpan]]:
        """The entities of each document.

        Args:
            vectors: float32[token, width].
            lengths: tokens of each document; their sum is the rows of `vectors`.
            spaces: which tokens are white space: none begins an entity.
        """
        return self.leaning(vectors, lengths, spaces, ({},))[0]

    def leaning(
        self,
        vectors: Floats,
        lengths: Sequence[int],
        spaces: NDArray[np.bool_],
        leans: Sequence[Mapping[str, float]],
    ) -> list[list[list[TokenSpan]]]:
        """The same once for each lean: label -> how much more its beginnings score."""
        weights, bias = self._reduce
        reduced: Floats = vectors @ weights
        reduced += bias
        parts: list[Floats] = [reduced @ feature for feature in self._features]
        scores = self._scores(parts[0] + self._pad[1] + self._pad[2])
        return [
            self._cut(self._closed(scores + self._raised(lean), lengths, spaces), parts, lengths)
            for lean in leans
        ]

    def _raised(self, lean: Mapping[str, float]) -> Floats:
        """float32[move]: what is added to the scores."""
        raised: Floats = np.zeros(self._upper[1].shape, dtype=np.float32)
        for at, label in enumerate(self._moves.labels):
            raised[[self._moves.begin[at], self._moves.unit[at]]] = lean.get(label, 0.0)
        return raised

    def _cut(
        self, closed: Sequence[int], parts: Sequence[Floats], lengths: Sequence[int]
    ) -> list[list[TokenSpan]]:
        """The entities by document."""
        found: list[list[TokenSpan]] = []
        start = 0
        for length in lengths:
            spans = self._entities(closed, parts, start, start + length)
            found.append([(begin - start, end - start, label) for begin, end, label in spans])
            start += length
        return found

    def _closed(
        self, scores: Floats, lengths: Sequence[int], spaces: NDArray[np.bool_]
    ) -> list[int]:
        """For each token, what is done with it when no entity is open."""
        best = self._best(scores, self._closed_moves)
        lasts = np.cumsum(lengths) - 1
        best[lasts] = self._best(scores[lasts], self._lone_moves)
        best[spaces] = self._moves.out
        chosen: list[int] = best.tolist()
        return chosen

    def _entities(
        self, closed: Sequence[int], parts: Sequence[Floats], start: int, end: int
    ) -> Iterator[TokenSpan]:
        at = start
        while at < end:
            move, first, at = closed[at], at, at + 1
            if move == self._moves.out:
                continue
            label = self._label_of[move]
            if move not in self._units:
                at = self._last(parts, first, end, label) + 1
            yield first, at, self._moves.labels[label]

    def _last(self, parts: Sequence[Floats], first: int, end: int, label: int) -> int:
        """The last token of the entity of this label that was opened at `first`."""
        inside, last = self._moves.inside[label], self._moves.last[label]
        for at in range(first + 1, end - 1):
            scores = self._scores((parts[0][at] + parts[1][first] + parts[2][at - 1])[None])[0]
            if scores[last] > scores[inside] or (scores[last] == scores[inside] and last < inside):
                return at
        return end - 1

    def _scores(self, states: Floats) -> Floats:
        weights, bias = self._upper
        scores: Floats = _greatest(states + self._bias, self._pieces) @ weights
        scores += bias
        return scores

    @staticmethod
    def _best(scores: Floats, moves: NDArray[np.intp]) -> NDArray[np.intp]:
        best: NDArray[np.intp] = moves[scores[:, moves].argmax(axis=1)]
        return best


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """All of it: tokens in, entities out."""

    embedding: Embedding
    encoder: Encoder
    decoder: Decoder

    def __call__(self, texts: Sequence[Tokens]) -> list[list[TokenSpan]]:
        """The entities of each text, in tokens; a text has at least one token."""
        return self.leaning(texts, ({},))[0]

    def leaning(
        self, texts: Sequence[Tokens], leans: Sequence[Mapping[str, float]]
    ) -> list[list[list[TokenSpan]]]:
        """The same once for each lean, for little more than the price of one; see `Decoder`."""
        if not texts:
            return [[] for _ in leans]
        lengths = [len(text.names) for text in texts]
        names = [name for text in texts for name in text.names]
        vectors = self.encoder(self.embedding(names), lengths)
        spaces = np.array([space for text in texts for space in text.spaces], dtype=np.bool_)
        return self.decoder.leaning(vectors, lengths, spaces, leans)
