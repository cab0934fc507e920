"""What named-entity recognition is shown."""

import re

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.detection.shown import shown


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("Anna lives in Bonn.", "Anna lives in Bonn."),
        ('{"name": "Anna Schmidt"}', '{        "Anna Schmidt"}'),
        ('{"first_name":"Anna"}', '{             "Anna"}'),
        ('{"status":"Active"}', "{                 }"),
        ('{"name":"left-pad"}', "{                 }"),
        ('{"note":"she is Anna","n":1}', '{       "she is Anna",    1}'),
        ('["a_b","Anna","x-y"]', '[     ,"Anna",     ]'),
        ('["Anna-Maria","FooBar","\u4e2d\u6587"]', "[            ,        ,    ]"),
        ('{"user":"Anna-Maria O"}', '{       "Anna-Maria O"}'),
        ('{"user":"Jean-Luc"}', '{       "Jean-Luc"}'),
        ("see anna_schmidt_cv.pdf", "see Anna Schmidt Cv.pdf"),
        ("see BERTA-KLEIN.docx", "see Berta Klein.docx"),
        ("x = 'a/b_c.txt'", "x = 'a/b_c.txt'"),
    ],
)
def test_names_are_shown_and_identifiers_are_not(written: str, seen: str) -> None:
    """Values that people write stay, members' names and identifiers are blank, files are opened."""
    assert shown(written, []) == seen


def test_code_is_blank() -> None:
    """Regions are blank, all else keeps its place."""
    assert shown("Anna `Foo` Berta", [(5, 10)]) == "Anna       Berta"


def test_code_of_several_lines_ends_the_sentence_before_it() -> None:
    """It is shown as line ends, since the network reads blanks as a part of the sentence."""
    assert shown("for Anna:\nx = 1\ny = 2", [(10, 21)]) == "for Anna:\n" + "\n" * 11


@given(
    text=st.text(max_size=100) | st.text(alphabet='{}[]":,\\ \nAnna_.pdf', max_size=100),
)
def test_places_stay_the_same(text: str) -> None:
    """What is shown is as long as the text, and differs only where it is blank or a file's name."""
    seen = shown(text, [])

    assert len(seen) == len(text)
    assert all(
        a in (b, " ") or a.casefold() == b.casefold() for a, b in zip(seen, text, strict=True)
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('["Anna", "Bert"]', ["Anna", "Bert"]),
        ('["Anna"]', ["Anna"]),
        ('["AFL-3.0", "Aladdin", "AMPAS"]', []),
        ('["Xfig", "X11"]', []),
        ('["Anne-Marie", "Bert"]', ["Bert"]),
        ('["anna@example.com", "Anna"]', ["Anna"]),
    ],
)
def test_words_among_identifiers_are_not_shown(written: str, read: list[str]) -> None:
    """A list of licences or packages is one of names only where its neighbours may be names."""
    assert re.findall("Anna|Bert|Aladdin|Xfig", shown(written, ())) == read
