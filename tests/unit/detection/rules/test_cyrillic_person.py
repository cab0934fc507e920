"""Persons with names in Cyrillic letters."""

import pytest

from guardrail_gw.detection.rules.cyrillic_person import find


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
        ("Мы встретили Анну Каренину у вокзала.", [("Анну Каренину", 0.6)]),
        ("Вчера Владимир Кузнецов уехал", [("Владимир Кузнецов", 0.6)]),
        ("Меня зовут Ольга Викторовна Мельник, я здесь", [("Ольга Викторовна Мельник", 0.6)]),
        ("Здравствуйте, Алексей!", [("Алексей", 0.55)]),
        ("подписал Сидоров И.И.", [("Сидоров И.И.", 0.6)]),
        ("от И. И. Сидорова", [("И. И. Сидорова", 0.6)]),
        ("Председник Александар Петровић", [("Александар Петровић", 0.6)]),
    ],
)
def test_names_are_found(text: str, expected: list[tuple[str, float]]) -> None:
    """With surname, patronymic, initials, in all cases, and without what opens the sentence."""
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Оптимизируй код",
        "Вера в людей",
        "Нижний Новгород и Санкт-Петербург",
        "вул. Тараса Шевченка",
        "Северная Корея",
        "Красная площадь",
    ],
)
def test_other_words_are_not(text: str) -> None:
    """Towns, streets named after people, and forenames that are also words are none."""
    assert found(text) == []
