"""Persons with names in Cyrillic letters, in Russian, Ukrainian, Bulgarian, Serbian, Macedonian.

Source: `lists/LICENSES_SOURCES`; East Slavic patronymics (Russian Family Code, Article 58) and the
endings of Slavic surnames, in all cases; usage for initials. A forename that is also a word counts
before a surname only; a street named after somebody is none.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import dropwhile

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.late import late
from guardrail_gw.detection.rules.lists import names
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("PERSON")

_UPPER = r"[\u0400-\u042f\u0490\u0492\u049a\u04a2\u04ae\u04b0\u04ba\u04d8\u04e8]"
_LOWER = r"[\u0430-\u045f\u0491\u0493\u049b\u04a3\u04af\u04b1\u04bb\u04d9\u04e9\u2019'\u02bc]"
_WORD = rf"{_UPPER}{_LOWER}{{2,24}}(?:-{_UPPER}{_LOWER}{{2,24}})?"
_NAME = late(rf"(?<![\w.-]){_WORD}(?: {_WORD}){{0,3}}(?!\w)")
_WORDS_OF = late(_WORD)
_INITIALS = late(
    rf"(?<![\w.])(?:(?P<before>(?:{_UPPER}\. ?){{1,2}})(?P<name>{_WORD})(?!\w)"
    rf"|(?P<surname>{_WORD}) {_UPPER}\.(?: ?{_UPPER}\.)?)"
)
_SURNAME = late(
    r".{2,}(?:(?:[оеё]в|[иы]н)(?:а|у|ым|ой|е|ы|ых)?|(?:ц|с|з)ьк(?:ий|ого|ому|им|а|ої|ій|у|ою)"
    r"|[сц]к(?:ий|ого|ому|им|ом|ая|ой|ую|и)|енк[оа]|(?:чу|ю|у)к[аоу]?м?|швили|дзе"
    r"|(?:ови|еви|и)[чћ](?:а|у|ем|е)?|ян(?:а|у|ом|е)?)"
)
"""Endings of surnames, masculine and feminine, with those of cases."""
_PATRONYMIC = late(
    r".{2,}(?:(?:[оеё]|ь|й)вич(?:а|у|ем|е)?|[оеё]вн(?:а|ы|е|у|ой)|ичн(?:а|ы|е|у|ой)"
    r"|[иі]вн(?:а|и|і|у|ою)|ївн(?:а|и|і|у|ою)|йович(?:а|у|ем|і)?)"
)
_CASES = ("ом", "ем", "ой", "ей", "ою", "ею", "а", "я", "у", "ю", "е", "ы", "и", "і", "ї", "о")
_NOMINATIVE = ("", "а", "я", "й", "ь")
_WORDS = """
Вера Надежда Любовь Роман Лев Роза Лилия Слава Мира Майя Заря Победа Свобода Звезда Искра Мечта
Цвета Злата Снежана Радост Младен Вечна Милость Ваня Марта Августа Весна Зима Лето Рада Власт Свет
Вода Гора Верен Добра Краса Зорница Роса Калина Малина Ягода Ясен Сокол Здравка Камен Огнян Гроздан
"""
_ALSO_WORDS = frozenset(_WORDS.split())
"""Forenames that are also words."""
_NAMED_AFTER = late(
    r"(?i:(?<!\w)(?:ул|пр|просп|пл|пер|бул|вул|им|св|г|гр)\.|улиц[аеыу]|вулиц[яі]|проспекте?|площад[ьи]"
    r"|переулке?|булевард?|имени|ім\.|станци[яию]|свят(?:ой|ая|ого)|город[ае]?|град) \Z"
)
_WIDTH = 14
_SHORTEST = 4


def find(text: str) -> Iterator[Finding]:
    """Yield names: 0.6 with a surname, patronymic or initials, 0.55 for a forename alone."""
    for match in _NAME().finditer(text):
        words = list(dropwhile(_is_no_name, _WORDS_OF().finditer(text, *match.span())))
        if words and (score := _score([word.group() for word in words])):
            start = words[0].start()
            if not _NAMED_AFTER().search(text, max(0, start - _WIDTH), start):
                yield _finding(start, words[-1].end(), score)
    for match in _INITIALS().finditer(text):
        if _SURNAME().fullmatch((match["name"] or match["surname"]).lower()):
            yield _finding(*match.span(), 0.6)


def _score(words: Sequence[str]) -> float:
    """How sure it is that these capital words name a person."""
    is_known = [_is_forename(word) for word in words]
    if any(_PATRONYMIC().fullmatch(word.lower()) for word in words):
        return 0.6
    if not any(is_known[:2]):
        return 0.0
    if len(words) > 1:
        has_more = sum(is_known) > 1 or any(map(_is_surname, words))
        return 0.6 if has_more else 0.0
    first = words[0]
    return 0.55 if first in names("cyrillic") and first not in _ALSO_WORDS else 0.0


def _is_no_name(match: re.Match[str]) -> bool:
    """Whether a word only opens the sentence: it is neither a forename nor ends as names do."""
    word = match.group()
    is_patronymic = _PATRONYMIC().fullmatch(word.lower()) is not None
    return not (is_patronymic or _is_forename(word) or _is_surname(word))


def _is_surname(word: str) -> bool:
    low = word.lower()
    return not _is_forename(word) and _SURNAME().fullmatch(low) is not None


def _is_forename(word: str) -> bool:
    """Whether a word is a forename of the list, or a case of one."""
    known = names("cyrillic")
    if word in known:
        return True
    for ending in _CASES:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= _SHORTEST - 1:
            return any(stem + each in known for each in _NOMINATIVE)
    return False


def _finding(start: int, end: int, score: float) -> Finding:
    return Finding(start=start, end=end, entity=ENTITY, score=score, recognizer="cyrillic_person")


RULE = Rule(
    name="cyrillic_person",
    entities=frozenset({ENTITY}),
    adds=frozenset({ENTITY}),
    find=find,
    needs=Needs(is_beyond_latin=True),
    valid=(
        "Иван Петров позвонил",
        "письмо от Екатерины Смирновой",
        "Наталья Сергеевна",
        "подпись: И. И. Сидоров",
        "Сидоров И.И.",
        "Оксана Коваленко",
        "Никола Јовановић",
        "Борис Стоянов",
        "поговори с Дмитрием Орловым",
        "Екатерина придёт",
    ),
    invalid=(
        "Москва велика",
        "Вера и надежда",
        "ул. Ивана Франко",
        "Российская Федерация",
        "Привет мир",
        "Новый год",
    ),
)
