"""Persons with names in Arabic letters, Persian ones among them.

Source: `lists/LICENSES_SOURCES`; the parts of Arabic names (ism, kunya, nasab, nisba; Library of
Congress, ALA-LC romanization tables) and forms of address. The script has no capitals and most
names are words, so that one name alone says nothing: two in a row do, or one behind a title.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.lists import names
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("PERSON")

_LETTER = "[\u0620-\u064a\u066e-\u06d3]"
_WORD = re.compile(rf"(?<!\w){_LETTER}+(?!\w)")
_ARABIC = re.compile(_LETTER)
_JOINING = frozenset(("بن", "ابن", "بنت", "أبو", "ابو", "أم", "عبد", "آل"))
"""Stand between the parts of a name: son of, daughter of, father of, servant of."""
_TITLES = frozenset(
    (
        *("السيد", "السيدة", "الآنسة", "الأستاذ", "الأستاذة", "الدكتور", "الدكتورة", "المهندس"),
        *("المهندسة", "الشيخ", "الأمير", "الأميرة", "الحاج", "المحامي", "القاضي", "الكابتن"),
        *("آقای", "خانم", "دکتر", "مهندس"),
    )
)
_SAYS_WHO = frozenset(("اسمي", "اسمه", "اسمها", "يدعى", "تدعى", "الاسم", "نام"))
_CLITICS = ("و", "ل", "ب", "ف", "ك")
"""And, for, with, so, like: written as one with the word behind."""
_LONGEST = 5


def find(text: str) -> Iterator[Finding]:
    """Yield names: 0.65 behind a title or an introduction, 0.55 for two names in a row."""
    if not _ARABIC.search(text):
        return
    words = list(_WORD.finditer(text))
    at = 0
    while at < len(words):
        size = _size(text, words, at)
        before = words[at - 1].group() if at and _is_next(text, words, at) else ""
        if size and (size > 1 or before in _TITLES or before in _SAYS_WHO):
            score = 0.65 if before in _TITLES or before in _SAYS_WHO else 0.55
            start = words[at].start() + len(words[at].group()) - len(_bare(words[at].group()))
            yield _finding(start, words[at + size - 1].end(), score)
        at += max(size, 1)


def _size(text: str, words: list[re.Match[str]], at: int) -> int:
    """How many words from `at` on are parts of one name."""
    if not _is_name(_bare(words[at].group())):
        return 0
    size = 1
    while size < _LONGEST and at + size < len(words) and _is_next(text, words, at + size):
        word = words[at + size].group()
        is_joined = words[at + size - 1].group() in _JOINING
        if not (is_joined or word in _JOINING or _is_name(word) or _is_nisba(word)):
            break
        size += 1
    while words[at + size - 1].group() in _JOINING and size > 1:
        size -= 1
    return size


def _is_next(text: str, words: list[re.Match[str]], at: int) -> bool:
    """Whether a blank or a colon, and nothing else, parts a word from the one before."""
    return text[words[at - 1].end() : words[at].start()] in {" ", ": ", ":"}


def _is_name(word: str) -> bool:
    return word in names("arabic") or word in names("arabic_surnames")


def _is_nisba(word: str) -> bool:
    """`ال...ي`: of a place, a tribe or a family."""
    return word.startswith("ال") and word.endswith("ي") and len(word) > _LONGEST


def _bare(word: str) -> str:
    """The word without what is written as one with it, if that leaves a name."""
    bare = word[1:]
    return bare if word.startswith(_CLITICS) and not _is_name(word) and _is_name(bare) else word


def _finding(start: int, end: int, score: float) -> Finding:
    return Finding(start=start, end=end, entity=ENTITY, score=score, recognizer="arabic_person")


RULE = Rule(
    name="arabic_person",
    entities=frozenset({ENTITY}),
    adds=frozenset({ENTITY}),
    find=find,
    needs=Needs(is_beyond_latin=True),
    valid=(
        "قابلت شاكر رشاد أمس",
        "السيد مطاوع هنا",
        "كتب واثق بن شاكر الخالدي",
        "اسمي نوال",
        "أرسله لشاكر رشاد",
        "آقای یوسف آمد",
    ),
    invalid=(
        "صباح الخير",
        "هذا الكتاب مفيد",
        "مركز الاتصالات",
        "كان شاكر للجميع",
        "المملكة العربية السعودية",
    ),
)
