"""Marked documents as arrays: the gold moves, what each state allows, and the batches."""

from pathlib import Path

import numpy as np
import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from models.recipe.arrays import GAP, Moves, Reader, batches, unseen

MODEL = Path(__file__).resolve().parents[3] / "models" / "guardrail_xx_ner"

TEXT = "Anna Maria Schmidt lives in Lyon ."
WORDS = TEXT.split()


@pytest.fixture(scope="module")
def nlp() -> Language:
    """A pipeline with the moves and tables of the shipped one."""
    return spacy.load(MODEL)


def marked(nlp: Language, *, missing: bool = False) -> Doc:
    """A sentence with a name of three words and one of one word; at will, one left open."""
    doc = Doc(nlp.vocab, words=WORDS)
    open_spans = [doc[3:4]] if missing else []
    spans = [doc.char_span(0, 18, label="PERSON"), doc.char_span(28, 32, label="LOCATION")]
    doc.set_ents([span for span in spans if span], missing=open_spans, default="outside")
    return doc


def test_the_gold_moves_are_those_of_biluo(nlp: Language) -> None:
    """A name of several words begins, goes on and ends; one of one word is a unit."""
    columns = Moves.of(nlp).columns

    texts = Reader(nlp)([marked(nlp)])

    names = ["B-PERSON", "I-PERSON", "L-PERSON", "O", "O", "U-LOCATION", "O"]
    assert texts.move.tolist() == [columns[name] for name in names]
    assert texts.depth.tolist() == [0, 1, 2, 0, 0, 0, 0]


def test_a_token_left_open_has_no_gold_move(nlp: Language) -> None:
    """What a corpus does not know is -1, and weighs nothing in a batch."""
    texts = Reader(nlp)([marked(nlp, missing=True)])

    (batch,) = batches(texts, 32, np.random.default_rng(0))

    assert texts.move.tolist()[3] == -1
    assert batch.weight.sum() == len(WORDS) - 1


def test_every_gold_move_is_allowed_in_its_state(nlp: Language) -> None:
    """The table of allowed moves never forbids what the gold says."""
    texts = Reader(nlp)([marked(nlp), marked(nlp, missing=True)])
    known = texts.move >= 0

    allowed = Moves.of(nlp).allowed()[texts.kind[known], texts.move[known]]

    assert allowed.all()


def test_nothing_begins_at_the_end_or_at_white_space(nlp: Language) -> None:
    """A last token is a unit or outside, white space is outside, an open name goes on or ends."""
    moves = Moves.of(nlp)
    doc = nlp.make_doc("Anna\n\nLyon")
    doc.set_ents([], default="outside")

    allowed = moves.allowed()[Reader(nlp)([doc]).kind]

    begins = [column for name, column in moves.columns.items() if name.startswith("B-")]
    assert allowed[0, begins].all()
    assert not allowed[1:, begins].any()
    assert allowed[1].sum() == 1


def test_every_token_is_in_one_batch(nlp: Language) -> None:
    """The batches of one round hold each token once, with the rows of its word."""
    texts = Reader(nlp)([marked(nlp) for _ in range(9)])

    made = list(batches(texts, 40, np.random.default_rng(3)))

    rows = np.concatenate([batch.rows[batch.real > 0] for batch in made])
    expected = texts.words[texts.word]
    assert sorted(map(tuple, rows)) == sorted(map(tuple, expected))


def test_documents_are_apart_by_the_gap(nlp: Language) -> None:
    """Between two documents, and at both ends, there are as many empty rows as spaCy leaves."""
    texts = Reader(nlp)([marked(nlp), marked(nlp)])

    (batch,) = batches(texts, 2 * len(WORDS) + 3 * GAP, np.random.default_rng(0))

    gap, words = [0.0] * GAP, [1.0] * len(WORDS)
    assert batch.real.tolist() == [*gap, *words, *gap, *words, *gap]


def test_an_open_name_points_to_its_first_word(nlp: Language) -> None:
    """Inside a name the state holds its first token and the one before; elsewhere neither."""
    texts = Reader(nlp)([marked(nlp)])

    (batch,) = batches(texts, 32, np.random.default_rng(0))

    assert batch.first[GAP : GAP + 4].tolist() == [32, GAP, GAP, 32]
    assert batch.before[GAP : GAP + 4].tolist() == [32, GAP, GAP + 1, 32]


def test_rare_words_are_mostly_unknown_ones() -> None:
    """A word met once is nearly always shown as unknown, one met 12 times every second time."""
    names = np.array([7, 8, 9, 7], dtype=np.uint64)  # the first and the last differ in case only
    word = np.repeat(np.arange(4, dtype=np.int32), [6, 1, 12_000, 6])

    shares = unseen(names, word)

    assert shares[[0, 3]].tolist() == pytest.approx([0.52, 0.52])
    assert shares[1] > 0.9
    assert 0.04 < shares[2] < 0.05


def test_a_second_round_can_believe_rare_words_more() -> None:
    """With a smaller number of meetings asked for, the same word is unknown less often."""
    names, word = np.array([7], dtype=np.uint64), np.zeros(12, dtype=np.int32)

    first, second = unseen(names, word), unseen(names, word, rare=3)

    assert second[0] == pytest.approx(0.04 + 0.96 * 3 / 15)
    assert second[0] < first[0]


def test_a_gap_is_never_an_unknown_word(nlp: Language) -> None:
    """Rows of a batch have the share of their word; rows between documents have none."""
    texts = Reader(nlp)([marked(nlp)])

    (batch,) = batches(texts, 32, np.random.default_rng(0))

    assert batch.unseen[batch.real > 0].tolist() == texts.unseen[texts.word].tolist()
    assert not batch.unseen[batch.real == 0].any()
