"""Persons with names in Greek letters."""

import pytest

from guardrail_gw.detection.rules.greek_person import find


def found(text: str) -> list[tuple[str, float]]:
    """What is found, each place once, with its best score."""
    best: dict[tuple[int, int], float] = {}
    for each in find(text):
        place = (each.start, each.end)
        best[place] = max(each.score, best.get(place, 0.0))
    return [(text[start:end], best[start, end]) for start, end in sorted(best)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("είμαι η Μαρία Παπαδοπούλου από εδώ", [("Μαρία Παπαδοπούλου", 0.6)]),
        ("του Σοφοκλή Δημητρίου", [("Σοφοκλή Δημητρίου", 0.6)]),
        ("ο κ. Κουλουριώτης", [("Κουλουριώτης", 0.65)]),
        ("η Βασιλοπούλου", [("Βασιλοπούλου", 0.55)]),
    ],
)
def test_names_are_found(text: str, expected: list[tuple[str, float]]) -> None:
    """By forename and surname in several cases, by a title, by the ending of a surname."""
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Η Ελλάδα και η Κύπρος",
        "Ευρωπαϊκή Ένωση",
        "Δευτέρα Παρασκευή",
        "οδός Σοφοκλέους",
        "Αγάπη και χαρά",
    ],
)
def test_other_words_are_not(text: str) -> None:
    """Countries, days, months and words are none."""
    assert found(text) == []
