"""From scores to entities, on numbers of our own."""

import numpy as np
import pytest

from guardrail_gw.detection.decoder import Decoder, Moves
from guardrail_gw.detection.misread import Doubted


def decoder(*, inside: int = 2, last: int = 3) -> Decoder:
    """One that scores a token by its own row alone, for the moves O, B-X, I-X, L-X and U-X."""
    columns = [np.array([column]) for column in range(5)]
    moves = Moves(
        labels=("X",),
        out=0,
        begin=columns[1],
        inside=columns[inside],
        last=columns[last],
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

    plain, leaning = decoder().leaning(scores, [3], blank, ({}, {"X": 1.0})).found

    assert plain == [[]]
    assert leaning == [[(0, 1, "X")]]


@pytest.mark.parametrize("inner", range(12))
def test_an_entity_ends_where_it_says(inner: int) -> None:
    """However many tokens it has: its end is looked for in several at once."""
    rows = np.stack([O, B, *[I] * inner, L, O])

    got = decoder()(rows, [len(rows)], np.zeros(len(rows), dtype=bool))

    assert got == [[(1, inner + 3, "X")]]


def test_ending_comes_first_where_its_column_does() -> None:
    """Of two moves with the same score the first column counts, as in spaCy's own parser."""
    rows = np.stack([O, B, I + L, L, O])
    blank = np.zeros(5, dtype=bool)

    going_on = decoder()(rows, [5], blank)
    ending = decoder(inside=3, last=2)(rows, [5], blank)

    assert going_on == [[(1, 4, "X")]]
    assert ending == [[(1, 3, "X")]]


def test_documents_are_apart() -> None:
    """Each has its own entities, in its own tokens, and what is open ends with it."""
    rows = np.stack([O, B, I, U, O, B, L, O])

    got = decoder()(rows, [3, 2, 3], np.zeros(8, dtype=bool))

    assert got == [[(1, 3, "X")], [(0, 1, "X")], [(0, 2, "X")]]


def test_each_lean_has_its_own_entities() -> None:
    """What one lean finds is not what another does, in every document."""
    rows = np.stack([0.5 * U + O, B, L, O, 0.5 * B + O, L])
    blank = np.zeros(6, dtype=bool)

    plain, leaning = decoder().leaning(rows, [4, 2], blank, ({}, {"X": 1.0})).found

    assert plain == [[(1, 3, "X")], []]
    assert leaning == [[(0, 1, "X"), (1, 3, "X")], [(0, 2, "X")]]


def test_an_unsure_and_doubted_document_is_read_sternly() -> None:
    """Only there, and only by the first lean, does what begins a name score less."""
    unsure, sure = np.stack([0.3 * U, O]), np.stack([0.3 * U, *[9 * O] * 60])
    rows, blank = np.concatenate([unsure, sure, unsure]), np.zeros(65, dtype=bool)

    def read(documents: list[bool]) -> list[list[list[tuple[int, int, str]]]]:
        doubted = Doubted(documents, {"X": -1.0})
        return decoder().leaning(rows, [2, 61, 2], blank, ({}, {"X": 0.5}), doubted).found

    name = [(0, 1, "X")]
    assert read([True, True, False]) == [[[], name, name], [name, name, name]]
    assert read([False, False, True]) == [[name, name, []], [name, name, name]]
    assert read([False] * 3) == [[name, name, name], [name, name, name]]


def test_a_margin_is_what_a_beginning_scores_more_than_none() -> None:
    """Before any lean, and negative where the network finds nothing."""
    rows = np.stack([2.0 * U + 0.5 * O, 0.25 * B + O])

    read = decoder().leaning(rows, [2], np.zeros(2, dtype=bool), ({"X": 5.0},))

    assert [read.margin(0), read.margin(1)] == [1.5, -0.75]
