"""Persons to whose hands something goes."""

import pytest

from guardrail_gw.detection.rules.care_of import LIKELY, SURE, find


def found(text: str) -> list[tuple[str, float]]:
    """What is found, with its score."""
    return [(text[each.start : each.end], each.score) for each in find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Erika Sommer\nc/o Thornby\nAm Markt 5", ("Thornby", LIKELY)),
        ("c/o A. Berg-Quandt", ("A. Berg-Quandt", LIKELY)),
        ("z. Hd. Frau Dr. Brackwell, Bonn", ("Brackwell", SURE)),
        ("Attn: Merrick Ostermere", ("Merrick Ostermere", LIKELY)),
        ("t.a.v. mevr. De Vries", ("De Vries", SURE)),
        ("à l'attention de Mme Dunoval", ("Dunoval", SURE)),
        ("att.: Kirsten van der Dahl", ("Kirsten van der Dahl", SURE)),
    ],
)
def test_a_name_is_found_whole_and_without_its_title(
    text: str, expected: tuple[str, float]
) -> None:
    """A form of address or a name of the lists makes it surer."""
    assert found(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "Attn: Purchasing",
        "Attn: Thornby",
        "FAO Customer Service",
        "z. Hd. Abteilung Einkauf",
        "à l'attention de la Direction",
        "c/o Ostermere GmbH",
        "c/o Norway",
        "an a/c that Hums",
    ],
)
def test_departments_firms_and_places_are_no_persons(text: str) -> None:
    """Nor is a single word behind "attention" that no list knows."""
    assert found(text) == []
