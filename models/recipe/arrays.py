"""Marked documents as arrays: what the network reads of every token, and what it should do there.

The trainer follows the gold moves (BILUO), so the state of the parser at every token is known
beforehand and all tokens of a batch are scored together. A token left open has no weight.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc, Span

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]

GAP = 4
"""Rows between documents: as far as the encoder sees, and what spaCy leaves between them."""
_MISSING, _INSIDE = 0, 1
"""spaCy's ENT_IOB."""
_OPEN, _LONE, _SPACE, _WITHIN = 0, 1, 2, 3
"""Kinds of state: no entity open; ditto, last token; white space; from here on one per label."""
_LONGEST = 800
"""Tokens of a document; longer ones are cut."""
RARE, _ANY = 12, 0.04
"""How often a word was met that is unknown every second time; and the least share of any word."""


@dataclass(frozen=True, slots=True)
class Moves:
    """The parser's moves by column, and which of them each kind of state allows."""

    labels: tuple[str, ...]
    columns: dict[str, int]

    @classmethod
    def of(cls, nlp: Language) -> "Moves":
        """The moves of the recognizer of `nlp`."""
        parser = nlp.get_pipe("ner")
        moves = parser.moves  # type: ignore[attr-defined]  # untyped component
        names = {moves.get_class_name(i): i for i in range(moves.n_moves)}
        return cls(tuple(parser.labels), names)  # type: ignore[attr-defined]  # ditto

    def allowed(self) -> NDArray[np.bool_]:
        """bool[kind of state, move]."""
        table = np.zeros((_WITHIN + 2 * len(self.labels), len(self.columns)), dtype=bool)
        table[: _SPACE + 1, self.columns["O"]] = True
        for at, label in enumerate(self.labels):
            table[[_OPEN, _LONE], self.columns[f"U-{label}"]] = True
            table[_OPEN, self.columns[f"B-{label}"]] = True
            within = [_WITHIN + 2 * at, _WITHIN + 2 * at + 1]
            table[within, self.columns[f"L-{label}"]] = True
            table[within[0], self.columns[f"I-{label}"]] = True
        return table


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Documents one behind the other; all arrays but the first two have one row per token."""

    words: Ints
    """[word, 4 * attribute]: rows of the embedding tables, one table behind the other."""
    unseen: Floats
    """[word]: how often it is shown as a word that was never met; see `unseen`."""
    word: Ints
    move: Ints
    """The gold move; -1 where the token is left open."""
    kind: Ints
    """The kind of state."""
    depth: Ints
    """Tokens since the first of the open entity; 0 with none open."""
    borders: Ints
    """[document + 1]: where each begins and ends."""


class Reader:
    """Turns documents into arrays, for one pipeline's tables and moves."""

    def __init__(self, nlp: Language, rare: int = RARE) -> None:
        """Read what the embedding looks at, and the seeds and sizes of its tables."""
        self._rare = rare
        model = nlp.get_pipe("tok2vec").model  # type: ignore[attr-defined]  # untyped component
        self._ops = model.ops
        self._tables = [node for node in model.walk() if node.name == "hashembed"]
        extract = next(node for node in model.walk() if node.name == "extract_features")
        self._attributes = extract.attrs["columns"]
        self._moves = Moves.of(nlp)

    def __call__(self, docs: Sequence[Doc]) -> Texts:
        """All of `docs`, cut where they are too long."""
        pieces = [piece for doc in docs for piece in self._pieces(doc)]
        keys = np.concatenate([piece.keys for piece in pieces])
        distinct, places = np.unique(keys, axis=0, return_inverse=True)
        word = places.astype(np.int32).reshape(-1)
        return Texts(
            words=self._rows(distinct),
            unseen=unseen(distinct[:, 0], word, self._rare),
            word=word,
            move=np.concatenate([piece.move for piece in pieces]),
            kind=np.concatenate([piece.kind for piece in pieces]),
            depth=np.concatenate([piece.depth for piece in pieces]),
            borders=np.cumsum([0, *(len(piece.keys) for piece in pieces)], dtype=np.int32),
        )

    def _rows(self, keys: NDArray[np.uint64]) -> Ints:
        """int32[word, 4 * attribute]."""
        columns, start = [], 0
        for at, table in enumerate(self._tables):
            hashed = self._ops.hash(np.ascontiguousarray(keys[:, at]), table.attrs["seed"])
            columns.append(start + hashed % table.get_dim("nV"))
            start += table.get_dim("nV")
        return np.concatenate(columns, axis=1).astype(np.int32)

    def _pieces(self, doc: Doc) -> Iterator["_Piece"]:
        keys = doc.to_array(self._attributes).astype(np.uint64).reshape(len(doc), -1)
        iob = doc.to_array("ENT_IOB").astype(np.int32)
        start = 0
        while start < len(doc):
            end = min(start + _LONGEST, len(doc))
            while end < len(doc) and iob[end] == _INSIDE:
                end += 1  # a cut never falls into an entity
            yield self._piece(doc[start:end], keys[start:end], iob[start:end])
            start = end

    def _piece(self, part: Span, keys: NDArray[np.uint64], iob: Ints) -> "_Piece":
        piece = _Piece(keys, *np.zeros((3, len(keys)), dtype=np.int32))
        piece.kind[-1] = _LONE
        piece.kind[[token.is_space for token in part]] = _SPACE
        piece.move[:] = np.where(iob == _MISSING, -1, self._moves.columns["O"])
        for entity in part.ents:
            piece.mark(
                entity.start - part.start, entity.end - part.start, entity.label_, self._moves
            )
        return piece


def unseen(names: NDArray[np.uint64], word: Ints, rare: int = RARE) -> Floats:
    """float32[word]: the share of its uses in which each word loses its own rows.

    In use most names are words that were never met, and a name that was met often must not be
    known by heart. So the rarer a word is, the oftener it is an unknown one, as all rare ones are.

    Args:
        names: the words, in whatever case of letters (spaCy's NORM).
        word: int32[token].
        rare: how often a word was met that is an unknown one every second time.
    """
    _, same = np.unique(names, return_inverse=True)
    met = np.bincount(same[word])[same]
    share: Floats = (_ANY + (1 - _ANY) * rare / (rare + met)).astype(np.float32)
    return share


@dataclass(frozen=True, slots=True)
class _Piece:
    """A document or a part of one: see `Texts`."""

    keys: NDArray[np.uint64]
    move: Ints
    kind: Ints
    depth: Ints

    def mark(self, first: int, end: int, label: str, moves: Moves) -> None:
        """Put an entity in."""
        if end - first == 1:
            self.move[first] = moves.columns[f"U-{label}"]
            return
        self.move[first] = moves.columns[f"B-{label}"]
        self.move[first + 1 : end - 1] = moves.columns[f"I-{label}"]
        self.move[end - 1] = moves.columns[f"L-{label}"]
        self.depth[first + 1 : end] = np.arange(1, end - first)
        self.kind[first + 1 : end] = _WITHIN + 2 * moves.labels.index(label)
        if end == len(self.kind):
            self.kind[-1] += 1  # nothing may follow: only the last move is left


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A fixed number of rows, some of them gaps."""

    rows: Ints
    unseen: Floats
    """See `Texts`."""
    real: Floats
    first: Ints
    """The row of the open entity's first token; the number of rows if none is open."""
    before: Ints
    """The row before, if an entity is open; likewise."""
    kind: Ints
    move: Ints
    weight: Floats


def batches(texts: Texts, size: int, rng: np.random.Generator) -> Iterator[Batch]:
    """Yield every document once, in any order, in batches of `size` rows."""
    used = GAP
    places: list[tuple[int, int, int]] = []
    for document in rng.permutation(len(texts.borders) - 1):
        start, end = texts.borders[document : document + 2]
        if used + (end - start) + GAP > size:
            yield _batch(texts, size, places)
            used, places = GAP, []
        places.append((start, end, used))
        used += (end - start) + GAP
    yield _batch(texts, size, places)


def _batch(texts: Texts, size: int, places: list[tuple[int, int, int]]) -> Batch:
    source = np.concatenate([np.arange(start, end) for start, end, _ in places])
    target = np.concatenate([np.arange(at, at + end - start) for start, end, at in places])
    rows = np.zeros((size, texts.words.shape[1]), dtype=np.int32)
    rows[target] = texts.words[texts.word[source]]
    real, weight, rare = np.zeros((3, size), dtype=np.float32)
    real[target], weight[target] = 1, texts.move[source] >= 0
    rare[target] = texts.unseen[texts.word[source]]
    first, before = np.full(size, size, dtype=np.int32), np.full(size, size, dtype=np.int32)
    depth = texts.depth[source]
    within = target[depth > 0]
    first[within], before[within] = within - depth[depth > 0], within - 1
    kind, move = np.zeros(size, dtype=np.int32), np.zeros(size, dtype=np.int32)
    kind[target], move[target] = texts.kind[source], np.maximum(texts.move[source], 0)
    return Batch(
        rows=rows,
        unseen=rare,
        real=real,
        first=first,
        before=before,
        kind=kind,
        move=move,
        weight=weight,
    )
