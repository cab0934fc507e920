"""From tokens' vectors to entities, as spaCy's greedy parser takes its steps.

Source: spaCy 3.8, `TransitionBasedParser` with `state_type = "ner"`, and the parser's rules for
what may follow what (BILUO).
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from guardrail_gw.detection.misread import Doubted

Floats = NDArray[np.float32]
TokenSpan = tuple[int, int, str]
"""First token, token behind the last, label."""

UNSURE = 0.015
"""Mean doubt of a word above which the network is unsure of a document: in the training texts 0.034
in misread German print and 0.018 to 0.022 in French and Dutch, 0.005 to 0.015 in most that people
wrote."""
_AHEAD = 4
"""Tokens that are looked at together for the end of an entity; nearly all have ended by then."""


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


class Leaning(NamedTuple):
    """What each lean finds."""

    found: list[list[list[TokenSpan]]]
    """By lean, by document."""
    scores: Floats
    """float32[token, choice] where no entity is open, before any lean."""
    out: int
    """The choice that begins nothing."""

    def margin(self, token: int) -> float:
        """What the token scores more as the beginning of an entity than as none."""
        row = self.scores[token]
        others = np.delete(row, self.out)
        return float(others.max() - row[self.out])


class Decoder:
    """From tokens' vectors to entities, as spaCy's greedy parser takes its steps.

    A state is the token, the first token of the entity that is open, and the token before: three
    parts that are added up. With no entity open, only the token counts, so all those states are
    scored at once; the other parts are computed where one is open.

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
        weights, bias, pad = lower
        features, units, pieces, _ = weights.shape
        flat = [each.transpose(2, 1, 0).reshape(-1, pieces * units) for each in weights]
        self._features: list[Floats] = [np.ascontiguousarray(reduce[0] @ each) for each in flat]
        """From a token's vector to its part of a state, float32[width, piece * unit]."""
        shifts = [reduce[1] @ each for each in flat]
        pad = pad.reshape(features, units, pieces).transpose(0, 2, 1).reshape(features, -1)
        self._pieces = pieces
        self._alone: Floats = bias.T.reshape(-1) + shifts[0] + pad[1] + pad[2]
        """What is added to a token's own part where no entity is open,"""
        self._opened: Floats = bias.T.reshape(-1) + sum(shifts)
        """and to the sum of all parts where one is."""
        self._labels = moves.labels
        self._begun = _Begun.of(moves)
        self._upper = _columns(upper, self._begun.moves)
        self._ends = [
            _columns(upper, np.array(each)) for each in zip(moves.inside, moves.last, strict=True)
        ]
        """For each label what scores going on and ending;"""
        self._ends_first: list[bool] = (moves.last < moves.inside).tolist()
        """whether it ends where both score the same."""
        self._leans: dict[frozenset[tuple[str, float]], Floats] = {}

    def __call__(
        self, vectors: Floats, lengths: Sequence[int], spaces: NDArray[np.bool_]
    ) -> list[list[TokenSpan]]:
        """The entities of each document.

        Args:
            vectors: float32[token, width].
            lengths: tokens of each document; their sum is the rows of `vectors`.
            spaces: which tokens are white space: none begins an entity.
        """
        return self.leaning(vectors, lengths, spaces, ({},)).found[0]

    def leaning(
        self,
        vectors: Floats,
        lengths: Sequence[int],
        spaces: NDArray[np.bool_],
        leans: Sequence[Mapping[str, float]],
        doubted: Doubted | None = None,
    ) -> Leaning:
        """The same once for each lean: label -> how much more its beginnings score.

        What is `doubted` is added to the first lean, in documents that the network is unsure of.
        """
        read = _Read(vectors, vectors @ self._features[0], {})
        scores = self._scores(read.own + self._alone, self._upper)
        leaning = scores + np.stack([self._raised(lean) for lean in leans])[:, None]
        if doubted is not None and any(doubted.documents):
            here = np.repeat(doubted.documents, lengths) & self._unsure(scores, lengths, spaces)
            leaning[0, here] += self._raised(doubted.stern)
        chosen = self._chosen(leaning, lengths, spaces)
        found = [self._cut(each, read, lengths) for each in chosen]
        return Leaning(found, scores, self._begun.out)

    def _unsure(
        self, scores: Floats, lengths: Sequence[int], spaces: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """bool[token]: whether it stands in a document that the network is unsure of.

        A word's doubt is the chance that it begins a name, or that it does not, whichever is less:
        0 where the network is sure, 0.5 at most. A document's is the mean of its words'.
        """
        chances = np.exp(scores - scores.max(axis=1, keepdims=True))
        out = chances[:, self._begun.out] / chances.sum(axis=1)
        doubts = np.where(spaces, np.float32(0.0), np.minimum(out, 1 - out))
        starts = np.cumsum([0, *lengths[:-1]], dtype=np.intp)
        words = np.add.reduceat(~spaces, starts, dtype=np.intp)
        unsure = np.add.reduceat(doubts, starts) > UNSURE * words
        return np.repeat(unsure, lengths)

    def _raised(self, lean: Mapping[str, float]) -> Floats:
        """float32[choice]: what is added to the scores where no entity is open."""
        known = frozenset(lean.items())
        if known not in self._leans:
            labels = [None if at is None else self._labels[at] for at in self._begun.labels]
            raised = [0.0 if label is None else lean.get(label, 0.0) for label in labels]
            self._leans[known] = np.array(raised, dtype=np.float32)
        return self._leans[known]

    def _chosen(
        self, scores: Floats, lengths: Sequence[int], spaces: NDArray[np.bool_]
    ) -> NDArray[np.intp]:
        """intp[lean, token]: what is done with it when no entity is open."""
        chosen: NDArray[np.intp] = scores.argmax(axis=2)
        lasts = np.cumsum(lengths) - 1
        lone = self._begun.lone
        chosen[:, lasts] = lone[scores[:, lasts[:, None], lone].argmax(axis=2)]
        chosen[:, spaces] = self._begun.out
        return chosen

    def _cut(
        self, chosen: NDArray[np.intp], read: "_Read", lengths: Sequence[int]
    ) -> list[list[TokenSpan]]:
        """The entities by document."""
        firsts: list[int] = np.flatnonzero(chosen != self._begun.out).tolist()
        begun = list(zip(firsts, chosen[firsts].tolist(), strict=True))
        found: list[list[TokenSpan]] = []
        start = done = 0
        for length in lengths:
            end = start + length
            stop = bisect_left(firsts, end, done)
            spans = self._entities(begun[done:stop], read, end)
            found.append([(first - start, last - start, label) for first, last, label in spans])
            start, done = end, stop
        return found

    def _entities(
        self, begun: Sequence[tuple[int, int]], read: "_Read", end: int
    ) -> Iterator[TokenSpan]:
        """Those of one document, which ends at `end`; `begun`: tokens that could begin one."""
        at = 0
        for first, choice in begun:
            label = self._begun.labels[choice]
            if first < at or label is None:
                continue
            at = first + 1
            if not self._begun.units[choice]:
                at = self._last(read, first, end, label) + 1
            yield first, at, self._labels[label]

    def _last(self, read: "_Read", first: int, end: int, label: int) -> int:
        """The last token of the entity of this label that was opened at `first`."""
        if (first, label) not in read.lasts:
            read.lasts[first, label] = self._found_last(read, first, end, label)
        return read.lasts[first, label]

    def _found_last(self, read: "_Read", first: int, end: int, label: int) -> int:
        opened = read.vectors[first] @ self._features[1] + self._opened
        for start in range(first + 1, end - 1, _AHEAD):
            stop = min(start + _AHEAD, end - 1)
            states = read.vectors[start - 1 : stop - 1] @ self._features[2]
            states += read.own[start:stop]
            states += opened
            inside, last = self._scores(states, self._ends[label]).T
            ends = last >= inside if self._ends_first[label] else last > inside
            if ends.any():
                return start + int(ends.argmax())
        return end - 1

    def _scores(self, states: Floats, upper: tuple[Floats, Floats]) -> Floats:
        weights, bias = upper
        scores: Floats = greatest(states, self._pieces) @ weights
        scores += bias
        return scores


class _Read(NamedTuple):
    """What was computed of some documents."""

    vectors: Floats
    own: Floats
    """A token's own part of a state, float32[token, piece * unit]."""
    lasts: dict[tuple[int, int], int]
    """First token and label of an entity -> its last token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """The moves where no entity is open, by the number of the choice."""

    moves: NDArray[np.intp]
    labels: Sequence[int | None]
    """None for the one that begins nothing,"""
    out: int
    """which is this choice."""
    units: Sequence[bool]
    """Whether an entity of one token."""
    lone: NDArray[np.intp]
    """Choices for the last token of a document."""

    @classmethod
    def of(cls, moves: Moves) -> Self:
        """Sort them by column: of equal scores the first counts."""
        chosen = np.sort(np.concatenate([moves.begin, moves.unit, [moves.out]]))
        units = np.isin(chosen, moves.unit)
        label_of: dict[int, int] = {}
        for columns in (moves.begin, moves.unit):
            label_of.update(zip(columns.tolist(), range(len(moves.labels)), strict=True))
        return cls(
            moves=chosen,
            labels=[label_of.get(move) for move in chosen.tolist()],
            out=int(np.flatnonzero(chosen == moves.out)[0]),
            units=units.tolist(),
            lone=np.flatnonzero(units | (chosen == moves.out)),
        )


def _columns(upper: tuple[Floats, Floats], moves: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Weights and bias of some moves."""
    weights, bias = upper
    return np.ascontiguousarray(weights[:, moves]), bias[moves]


def greatest(x: Floats, pieces: int) -> Floats:
    """float32[row, piece * unit] -> the greatest of each unit's pieces, float32[row, unit]."""
    units = x.shape[1] // pieces
    best: Floats = np.maximum(x[:, :units], x[:, units : 2 * units])
    for at in range(2 * units, x.shape[1], units):
        np.maximum(best, x[:, at : at + units], out=best)
    return best
