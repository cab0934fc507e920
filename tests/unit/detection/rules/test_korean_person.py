"""Persons with names in Hangul."""

import pytest

from guardrail_gw.detection.rules.korean_person import find


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
        ("대표 김승일 드림", [("김승일", 0.7)]),
        ("최가람 회장이 발표했다", [("최가람", 0.6)]),
        ("저는 김민준입니다.", [("김민준", 0.65)]),
        ("이지훈은 학생이다", [("이지훈", 0.55)]),
        ("| 이영빈 최근", [("이영빈", 0.35)]),
        ("박별 씨", [("박별", 0.6)]),
    ],
)
def test_names_are_found(text: str, expected: list[tuple[str, float]]) -> None:
    """By a label, a form of address, an introduction, a list; by looks with a low score."""
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "이용자님 안녕하세요",
        "서울 강남구",
        "하지만 내일은 비가",
        "문의사항 안내",
        "이벤트 참가자 분들께",
    ],
)
def test_other_words_are_not(text: str) -> None:
    """Words for people, towns and ordinary words are none."""
    assert found(text) == []
