import re

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.redaction.words import WholeWords, words


@pytest.mark.parametrize(
    ("values", "text", "found"),
    [
        (["Anna"], "Anna, Annabel, xAnna, Anna's Anna_1 (Anna)", [0, 22, 29, 37]),
        (["Anna", "Anna Schmidt"], "Anna Schmidt and Anna", [0, 17]),
        (["+49 30 1"], "x+49 30 1, 449 30 1, +49 30 12", [1]),
        (["a@b.c"], "to:a@b.c; xa@b.c a@b.cd", [3]),
        (["%%"], "a%%b", [1]),
        (["张伟"], "我是张伟吗", [2]),
        (["김민수"], "김민수는", [0]),
        (["anna"], "Anna", []),
        (["René"], "Renés René", [6]),
        (["A B", "B C"], "A B C", [0]),
        (["Anna."], "Anna.x", [0]),
        ([], "Anna", []),
    ],
)
def test_values_are_found_as_whole_words(values: list[str], text: str, found: list[int]) -> None:
    """Edges count where letters or digits touch; scripts without spaces have none."""
    words = WholeWords(values)

    assert [h.start for h in words.hits(text)] == found
    assert words.within(text) == bool(found)
    assert all(text[h.start : h.end] == h.value for h in words.hits(text))


def test_a_stretch_has_its_own_edges() -> None:
    """Within a part of the text its ends are edges, and nothing outside is found."""
    hits = list(WholeWords(["Anna"]).hits("Anna Annabel Anna", 5, 9))

    assert [(h.start, h.end) for h in hits] == [(5, 9)]


@pytest.mark.parametrize("more", [[], [f"name{n}" for n in range(40)]])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Anna", True),
        ("x (Anna)", True),
        ("Hannah Annabel", False),
        ("anna", False),
        ("", False),
        ("Schmidt", False),
    ],
)
def test_a_text_without_the_first_words_holds_nothing(
    more: list[str], text: str, *, expected: bool
) -> None:
    """The cheap look says no only where a word that values begin with is missing."""
    words = WholeWords(["Anna", "Anna Schmidt", *more])

    assert words.may_hold(text) is expected
    assert words.within(text) is expected


def test_values_within_words_are_always_worth_a_look() -> None:
    """A script without spaces has no words to go by."""
    assert WholeWords(["张伟"]).may_hold("Anna")


def test_values_can_be_cut_out() -> None:
    """What is left holds no word of them."""
    assert WholeWords(["PERSON_1"]).without("a PERSON_1 b") == "a \0 b"


@given(text=st.text(alphabet="aZ9_ -\n\0éßİ張\u0301\ud800\u00a0\u0660", max_size=12) | st.text())
def test_every_word_is_said_once(text: str) -> None:
    """Words are what a pattern for letters and digits finds, in whatever script."""
    assert words(text) == frozenset(re.findall(r"[^\W_]+", text))


@pytest.mark.parametrize("more", [[], [f"name{n}" for n in range(40)]])
@pytest.mark.parametrize(
    ("text", "standing"),
    [
        ("schmidt, anna", {"anna", "anna schmidt", "anna\tschmidt"}),
        ("anna berg", {"anna"}),
        ("annabel", set()),
        ("", set()),
    ],
)
def test_values_stand_where_all_their_words_do(
    more: list[str], text: str, standing: set[str]
) -> None:
    """Those that stand are among them, and places lead to each."""
    values = WholeWords(["anna", "anna schmidt", "anna\tschmidt", *more])

    assert set(values.standing(words(text))) == standing
    assert bool(list(values.places(text))) == bool(standing)
    assert values.may_say(text) or not standing


def test_values_within_words_may_stand_anywhere() -> None:
    """They are found without words, and from any white space on where they begin with some."""
    values = WholeWords([" 张伟", "%%"])

    assert set(values.standing(frozenset())) == {" 张伟", "%%"}
    assert list(values.places("a\n张 100%%")) == [1, 3, 7, 8]


def test_very_many_values_are_found_in_one_pass() -> None:
    """Whole words all the same, each at its place, also within a part of the text."""
    names = [f"name{number} x" for number in range(150)]
    text = " ".join([*names, "xname1 x", "name2 xy"])
    values = WholeWords(names)

    assert [hit.value for hit in values.hits(text)] == names
    assert list(values.places(text)) == [text.index(name) for name in names] + [
        text.index("name2 xy")
    ]
    assert [hit.value for hit in values.hits(text, 1, len(text))] == names[1:]
