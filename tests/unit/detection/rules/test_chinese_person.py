"""Persons with Chinese names."""

import pytest

from guardrail_gw.detection.rules.chinese_person import find


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
        ("我叫王小明，来自这里", [("王小明", 0.7)]),
        ("联系人：陈志远 13800138000", [("陈志远", 0.7)]),
        ("高先生和李女士", [("高", 0.6), ("李", 0.6)]),
        ("张淑兰说", [("张淑兰", 0.55)]),
        ("演员“曾舜晞”", [("曾舜晞", 0.35)]),
    ],
)
def test_names_are_found(text: str, expected: list[tuple[str, float]]) -> None:
    """By a label, an introduction, a form of address, a list; in quotes with a low score."""
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "今天天气很好",
        "中国银行",
        "全国人民代表大会",
        "我叫你来",
    ],
)
def test_other_words_are_not(text: str) -> None:
    """Banks, weather and polite words are none."""
    assert found(text) == []
