"""Organizations by what a text says of them."""

import pytest

from guardrail_gw.detection.rules.employer import find, find_by_kind


def found(text: str) -> list[str]:
    """What is found, in order."""
    return [text[each.start : each.end] for each in (*find(text), *find_by_kind(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I work for Brackwater Analytics now", ["Brackwater Analytics"]),
        ("she worked as a nurse at Ostermere", ["Ostermere"]),
        ("hired by Quill & Thornby", ["Quill & Thornby"]),
        ("the CEO of Quillstone's board", ["Quillstone"]),
        ("je travaille chez Dunoval", ["Dunoval"]),
        ("ich arbeite bei Kessling", ["Kessling"]),
    ],
)
def test_an_employer_is_found(text: str, expected: list[str]) -> None:
    """Whole, without a possessive ending."""
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Quillstone is a small family company", ["Quillstone"]),
        ("Brackwater Analytics was an airline.", ["Brackwater Analytics"]),
        ("Anna is a company secretary's friend", []),
        ("It is a company", []),
        ("Quillstone is a town", []),
    ],
)
def test_what_is_said_to_be_a_firm_is_one(text: str, expected: list[str]) -> None:
    """By the word for its kind, some adjectives before it allowed."""
    assert found(text) == expected


@pytest.mark.parametrize(
    "text", ["I work for Katarzyna", "he works at home", "CEO of Norway", "working for The Man"]
)
def test_a_person_or_a_place_is_none(text: str) -> None:
    """Forenames, countries and plain words are left to others."""
    assert found(text) == []
