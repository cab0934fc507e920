"""Places by lists: names that stand alone count, parts of longer names do not."""

import pytest

from guardrail_gw.detection.rules.listed_place import find


def found(text: str) -> list[str]:
    """What is found, in order."""
    return [text[each.start : each.end] for each in find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("flew to Norway.", ["Norway"]),
        ("Norway, then Austria agreed", ["Norway", "Austria"]),
        ("In San Francisco, where", ["San Francisco"]),
        ("nach Österreich", ["Österreich"]),
        ("Southern Austria", ["Southern Austria"]),
        ("north of North-West Norway", ["North-West Norway"]),
    ],
)
def test_places_are_found(text: str, expected: list[str]) -> None:
    """Countries and towns of one word or several, in several languages."""
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Bank of Austria",
        "Austria Wien",
        "@Norway",
        "Norway.example",
        "Norwayx",
        "the reading room",
        "University of the Norway Coast",
    ],
)
def test_a_part_of_a_longer_name_is_not_found(text: str) -> None:
    """Nor is a handle, a host or a word."""
    assert found(text) == []
