"""Organizations by what only their names have: a legal form, or a word for an institution.

Source: the legal forms of companies in Annex II of Directive (EU) 2017/1132 and in the registers of
the EEA, Switzerland and the United Kingdom; usage for institutions. The name is what stands beside
that word in capitals: `Brown & Hale Ltd`, `University of Leeds`, `Royal Free Hospital`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules import organization_words as words
from guardrail_gw.detection.rules.context import heard
from guardrail_gw.detection.rules.rule import Needs, Rule
from guardrail_gw.detection.rules.window import in_lower_case, standing

ENTITY = Entity("ORGANIZATION")

_UPPER = r"(?=[^\W\d_a-zà-öø-ÿ])"
_FORM = re.compile(rf"[ ,]{_UPPER}(?:{words.FORMS})(?![\w-])(?:,? (?:{words.FORMS})(?![\w-]))?")
_SMALL_FORM = re.compile(rf"[ ,](?:{words.SMALL_FORMS})(?![\w-])")
_SHORT = re.compile(rf"[ ](?<=[^\W\d_A-Z][ ])(?:{'|'.join(words.SHORT_FORMS)})(?=[ ,.;:)\n])")
_SUFFIX = re.compile(
    rf"[ ]{_UPPER}(?:{words.SUFFIXES})(?![\w-])(?![ ](?:of|de|del|della|di|für|for|[A-Z])\b)"
    r"(?![ ][A-Z\u00c0-\u00de])"
)
_SMALL_SUFFIX = re.compile(r"[ ](?:university|hospital)(?![\w-])")
_PREFIX = re.compile(
    rf"(?:{words.PREFIXES})"
    r"(?:[ ](?:of|for|on|the|de|du|des|la|le|del|della|delle|di|da|do|dos|für|der|des|van|voor|"
    r"pentru|al|și|and|und|et|e|y)(?=[ ])"
    rf"|[ ](?!(?:{words.STOPS})\b)"
    r"(?:d['\u2019]|l['\u2019])?[^\W\d_a-zà-öø-ÿ][\w'\u2019-]{1,24}){1,6}"
)
_LETTERS_APART = re.compile(r"\.(?<=[^\W\d_].)(?<![^\W_]{2}.)[ ]?[^\W\d_](?![^\W_])")
"""S.A., s. r. o.: how a legal form begins that is abbreviated to letters."""
_BEGINS = re.compile("[ ,]")
_BEGINS_WIDTH = 6
"""Code points from there to the word by which a legal form is known, as in `Co., Ltd`."""
_INSIDE = re.compile(r"[\w-]")
_TAIL = re.compile(r"(?:[ ](?![^\W\d_a-zà-öø-ÿ])[^ ]+)+\Z")
"""Small words that no name ends with."""
_BEFORE = re.compile(r"([^\s,;:()\[\]{}\"<>|*`/=]+),?[ \u00a0]{1,2}\Z")
_SMALL = frozenset(words.SMALL.split())
_OPENERS = frozenset(words.OPENERS.split())
_SAID = words.FORM_WORDS | words.SUFFIX_WORDS | words.PREFIX_WORDS
_LONGEST, _WIDTH, _CHARACTERS = 6, 40, 80


def find(text: str) -> Iterator[Finding]:
    """Yield names with a legal form, 0.65, and of institutions, 0.5."""
    for pattern, score, places in _behind(text):
        for match in _tried(pattern, text, places):
            if (start := _begin(text, match.start() + 1)) is not None:
                yield _finding(start, match.end(), score)
    for match in _prefixes(text):
        found = match.group()
        end = match.start() + len(_TAIL.sub("", found))
        if any(word[:1].isupper() for word in text[match.start() : end].split()[1:]):
            yield _finding(match.start(), end, 0.5)


def _behind(text: str) -> Iterator[tuple[re.Pattern[str], float, Sequence[int]]]:
    """What may stand behind a name, with the score that it gives and where that may be."""
    if places := sorted({*_words(text, words.FORM_WORDS), *_abbreviated(text)}):
        yield from ((_FORM, 0.65, places), (_SMALL_FORM, 0.65, places), (_SHORT, 0.5, places))
    if places := _words(text, words.SUFFIX_WORDS):
        yield from ((_SUFFIX, 0.5, places), (_SMALL_SUFFIX, 0.5, places))


def _words(text: str, some: frozenset[str]) -> list[int]:
    """Where one of these words, which are some of `_SAID`, begins."""
    return [start for start, _ in standing(text, heard(text, _SAID) & some)]


def _abbreviated(text: str) -> Iterator[int]:
    """Where a legal form that is not written as a word may begin."""
    for match in _LETTERS_APART.finditer(text):
        yield match.start() - 1
    lower = in_lower_case(text) if "/" in text or "à" in text or "À" in text else ""
    for mark in words.MARKS if lower else ():
        at = lower.find(mark)
        while at >= 0:
            yield at
            at = lower.find(mark, at + 1)


def _tried(pattern: re.Pattern[str], text: str, places: Iterable[int]) -> Iterator[re.Match[str]]:
    """All matches of a pattern that begins with a sign, tried for only before these places."""
    done = 0
    for at in places:
        for begins in _BEGINS.finditer(text, max(done, at - _BEGINS_WIDTH), at):
            if match := pattern.match(text, begins.start()):
                yield match
                done = match.end()
                break


def _prefixes(text: str) -> Iterator[re.Match[str]]:
    """All matches of `_PREFIX` that begin no part of a word, tried for only at its own words."""
    done = 0
    for at in _words(text, words.PREFIX_WORDS):
        if at < done or not text[at].isupper() or _INSIDE.match(text[at - 1 : at]):
            continue
        if match := _PREFIX.match(text, at):
            yield match
            done = match.end()


def _begin(text: str, end: int) -> int | None:
    """Where the capital words before `end` begin; None without any."""
    start, begins = end, None
    for _ in range(_LONGEST):
        before = _BEFORE.search(text, max(0, start - _WIDTH, end - _CHARACTERS), start)
        if before is None:
            break
        word = before[1]
        if (begins is not None and before.group().rstrip().endswith(",")) or _ends(word):
            break
        if _is_capital(word) and word.lower() not in _OPENERS:
            begins = before.start()
        elif word.lower() not in _SMALL or begins is None:
            break
        start = before.start()
    return begins


def _ends(word: str) -> bool:
    """Whether a sentence ends with this word."""
    is_short = len(word) <= 3  # noqa: PLR2004 - an initial, "St."
    return "@" in word or (word.endswith((".", "!", "?")) and not is_short)


def _is_capital(word: str) -> bool:
    return word[:1].isupper() or (word[:1].isdigit() and any(map(str.isupper, word)))


def _finding(start: int, end: int, score: float) -> Finding:
    return Finding(start=start, end=end, entity=ENTITY, score=score, recognizer="organization")


RULE = Rule(
    name="organization",
    entities=frozenset({ENTITY}),
    adds=frozenset({ENTITY}),
    find=find,
    needs=Needs(
        marks=words.MARKS,
        terms=tuple(sorted(_SAID - words.BEFORE_OF)),
        phrases=tuple(f"{word} of" for word in sorted(words.BEFORE_OF)),
        signs=(_LETTERS_APART.pattern,),
    ),
    valid=(
        "Brown & Hale Ltd",
        "Earth Movers, Inc.",
        "Müller Maschinenbau GmbH & Co. KG",
        "Siemens AG builds",
        "Novák s.r.o.",
        "Példa Kft.",
        "Kowalski sp. z o.o.",
        "Ferretti S.p.A.",
        "Volvo AB, Sweden",
        "Neste Oyj",
        "University of Leeds",
        "Universität Wien",
        "Ministère de la Justice",
        "Royal Free Hospital",
        "Imam Khomeini hospital",
        "Ministry of Education",
        "Universidad de Salamanca",
    ),
    invalid=(
        "the hospital",
        "The University",
        "Limited time",
        "we met as AB said",
        "at the ministry of finance",
        "in our group",
        "the institute of the town",
    ),
)
