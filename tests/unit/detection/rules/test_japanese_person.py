"""Persons with Japanese names."""

import pytest

from guardrail_gw.detection.rules.japanese_person import find


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
        ("東京の山本教授", [("山本", 0.6)]),
        ("高橋 翔太", [("高橋 翔太", 0.55)]),
        ("氏名：佐藤 美咲", [("佐藤 美咲", 0.7)]),
        ("マリア・ロペスさんは", [("マリア・ロペス", 0.55)]),
    ],
)
def test_names_are_found(text: str, expected: list[tuple[str, float]]) -> None:
    """By an honorific, a label, a list; names in Katakana by an honorific."""
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "お客様の声",
        "ユーザー様",
        "株式会社鈴木商店",
        "今日は天気がいいです",
    ],
)
def test_other_words_are_not(text: str) -> None:
    """Customers, users and firms are none."""
    assert found(text) == []
