"""Persons in lists of people."""

import pytest

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.merge import NER, merge
from guardrail_gw.detection.rules import people
from guardrail_gw.detection.rules.people_words import PEOPLE


def found(text: str) -> list[str]:
    """Who is listed."""
    return [text[each.start : each.end] for each in people.find(text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Attendees: Ostermere, Quill and Wobb.", ["Ostermere", "Quill", "Wobb"]),
        ("the authors are Berg, A. Quandt, and Van Wobb", ["Berg", "A. Quandt", "Van Wobb"]),
        ("Guests: Berg, Quandt, and Anna. The Room", ["Berg", "Quandt", "Anna"]),
        ("her sons were Merrick & Tom de Wobb", ["Merrick", "Tom de Wobb"]),
        ("Anwesend: Frau Dr. Berg, Herr Quandt", ["Berg", "Quandt"]),
        ("Participants (3) : Camille et Luc; Wobb", ["Camille", "Luc", "Wobb"]),
        ("i nostri figli sono Enzo e Pia", ["Enzo", "Pia"]),
    ],
)
def test_each_name_of_a_list_is_a_person(text: str, names: list[str]) -> None:
    """Without forms of address and the full stop of the sentence."""
    assert found(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "Attendees: Ostermere",
        "Participants: Norway, Ostermere and Quill",
        "Speakers: Brackwater Ltd and Quill",
        "speakers: all of the staff and Quill",
        "the children Ostermere and Quill",
        "the speakers and loudspeakers: Ostermere and Quill",
    ],
)
def test_other_lists_are_none_of_people(text: str) -> None:
    """One name, places, firms, small letters, no sign between, a longer word."""
    assert found(text) == []


def test_people_are_told_apart_where_a_model_sees_a_firm() -> None:
    """A list of surnames reads like the name of a law firm."""
    text = "Attendees: Ostermere, Quill and Wobb"
    firm = Finding(start=11, end=36, entity=Entity("ORGANIZATION"), score=0.6, recognizer=NER)

    merged = merge(text, [firm, *people.find(text)])

    assert [(text[f.start : f.end], f.entity) for f in merged] == [
        ("Ostermere", "PERSON"),
        ("Quill", "PERSON"),
        ("Wobb", "PERSON"),
    ]


def test_every_word_for_people_is_one_word() -> None:
    """The rule is woken by each of them alone."""
    assert all(word.isalpha() and word == word.lower() for word in PEOPLE)
