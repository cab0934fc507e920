"""Persons with names in Arabic letters."""

import pytest

from guardrail_gw.detection.rules.arabic_person import find


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
        ("مرحبا اسمي محمد وأنا من هنا", [("محمد", 0.65)]),
        ("وقال الدكتور أحمد الخالدي إن", [("أحمد الخالدي", 0.65)]),
        ("قابلت شاكر رشاد أمس", [("شاكر رشاد", 0.55)]),
        ("أرسله لشاكر رشاد", [("شاكر رشاد", 0.55)]),
    ],
)
def test_names_are_found(text: str, expected: list[tuple[str, float]]) -> None:
    """Two in a row, or one behind a title; without what is written as one with it."""
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "المركز الوطني",
        "في السعودية لعام",
        "كان شاكر للجميع",
        "صباح الخير",
    ],
)
def test_other_words_are_not(text: str) -> None:
    """One name alone may be any word."""
    assert found(text) == []
