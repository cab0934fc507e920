"""Persons with names in Hangul: a surname of one syllable and a given name of two, or of one.

Source: `lists/LICENSES_SOURCES`; Statistics Korea, census of 2015 (surnames); forms of address by
the National Institute of Korean Language. A name counts by what stands behind it (a form of
address, a particle) or before it (a label), or because its given name is in a list; one that only
looks like a name scores below what a policy takes by default.
"""

import re
from collections.abc import Iterator
from functools import cache

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.lists import names
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("PERSON")

_SYLLABLE = "[\uac00-\ud7a3]"
_PARTICLE = (
    "(?:은|는|이|가|을|를|의|와|과|도|에게|께서|께|한테|이랑|랑|이고|이며|이라고|라고|입니다|이다)"
)
_TITLE = (
    "(?: ?(?:씨|님|선생님|교수|대리|과장|차장|부장|사장|대표|이사|팀장|실장|박사|의원|기자|"
    "변호사|간호사|작가|감독|선수|회장|총장|장관|대통령|원장|판사|검사|위원장|연구원| 군| 양))"
)
_LABEL = (
    "(?:이름|성명|성함|담당자|담당|작성자|대표이사|대표자|대표|예금주|수신|발신|"
    "보낸 ?사람|받는 ?사람|신청인)(?:은|는)? ?[:：]? ?"
)
_NO_NAME_END = frozenset("자원사생객민인단팀장들님것등중점품식")
"""Last syllables of words for people and things: user, member, customer."""
_LABELLED = 0.65
"""From this score on a word before the name says that it is one."""


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], float], ...]:
    """Each way in which a name is given away, with its score."""
    surnames = "".join(sorted(names("korean_surnames")))
    apart = f"(?<!{_SYLLABLE})"
    whole = f"[{surnames}]{_SYLLABLE}{{2}}"
    says = rf"(?:저는|제 이름은|나는) (?P<name>{whole})(?=입니다|이에요|예요|이라고|라고)"
    given = rf"(?P<name>[{surnames}](?P<given>{_SYLLABLE}{{2}}))"
    return (
        (re.compile(rf"{apart}{_LABEL}(?P<name>{whole})(?!{_SYLLABLE})"), 0.7),
        (re.compile(rf"{apart}(?P<name>{whole}){_TITLE}"), 0.6),
        (re.compile(rf"{apart}(?P<name>[{surnames}]{_SYLLABLE}) ?씨(?!{_SYLLABLE})"), 0.6),
        (re.compile(says), 0.65),
        (re.compile(rf"{apart}{given}(?={_PARTICLE}?(?!{_SYLLABLE}))"), 0.0),
    )


@cache
def _syllables() -> frozenset[str]:
    """Those that given names are made of."""
    return frozenset("".join(names("korean")))


def find(text: str) -> Iterator[Finding]:
    """Yield names: 0.7 by a label, 0.6 by a form of address, 0.55 by a list, 0.35 by looks."""
    for pattern, score in _patterns():
        for match in pattern.finditer(text):
            name = match["name"]
            sure = score or _by_given_name(match)
            if sure and (sure >= _LABELLED or not _is_word(name)):
                start, end = match.span("name")
                yield Finding(
                    start=start, end=end, entity=ENTITY, score=sure, recognizer="korean_person"
                )


def _by_given_name(match: re.Match[str]) -> float:
    given, behind = match["given"], match.string[match.end() : match.end() + 1]
    if given in names("korean"):
        return 0.55
    looks = _syllables().issuperset(given) and not re.match(_SYLLABLE, behind)
    return 0.35 if looks else 0.0


def _is_word(name: str) -> bool:
    return name[-1] in _NO_NAME_END and name[1:] not in names("korean")


RULE = Rule(
    name="korean_person",
    entities=frozenset({ENTITY}),
    adds=frozenset({ENTITY}),
    find=find,
    needs=Needs(is_beyond_latin=True),
    valid=(
        "대표 김승일",
        "박도현 씨가 왔다",
        "이지훈은 학생이다",
        "저는 최가람입니다",
        "성명: 홍길동",
        "김서준, 서울",
        "담당자는 윤하람",
    ),
    invalid=(
        "이용자님 안녕하세요",
        "고객님께 안내",
        "서울 강남구",
        "한국은 나라다",
        "정보는 중요하다",
        "주인님",
    ),
)
