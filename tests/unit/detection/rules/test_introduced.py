"""Persons by what a text says of them."""

import pytest

from guardrail_gw.detection.rules.introduced import find


def found(text: str) -> list[str]:
    """What is found, in order."""
    return sorted({text[each.start : each.end] for each in find(text)})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My name is Brackwell Thornby and", ["Brackwell Thornby"]),
        ("hi my name is brackwell and i need help", ["brackwell"]),
        ("hi, my name is brackwell thornby.", ["brackwell thornby"]),
        ("Ich heiße Wendelgard.", ["Wendelgard"]),
        ("me llamo Ximeno y", ["Ximeno"]),
        ("numele meu este Ilinca", ["Ilinca"]),
        ('"Come in," said Thornby, smiling', ["Thornby"]),
        ("Merrick nodded", ["Merrick"]),
        ("a boy called Quillan", ["Quillan"]),
        ("my sister Ottoline is ill", ["Ottoline"]),
        ("but everyone calls me Quillan", ["Quillan"]),
        ("Never! said Thornby", ["Thornby"]),
        ("his mother was called Ottoline Quills", ["Ottoline Quills"]),
        ("her daughter was called Ottoline", ["Ottoline"]),
        ("Their younger granddaughter Ottoline", ["Ottoline"]),
        ("Ottoline turned 46 years old", ["Ottoline"]),
        ("Ottoline is her girlfriend", ["Ottoline"]),
    ],
)
def test_who_is_introduced_is_found(text: str, expected: list[str]) -> None:
    """By phrases of several languages, behind speech, by deeds, as kin."""
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "my name is not on the list",
        "my name is on the list.",
        "He nodded",
        "The function is called Twice",
        '"Fine," said Col. Reeds',
        '"Fine," said REUTERS',
        "my friend and I",
    ],
)
def test_who_is_not_named_is_not_found(text: str) -> None:
    """Pronouns, ranks, agencies and plain words are no names."""
    assert found(text) == []
