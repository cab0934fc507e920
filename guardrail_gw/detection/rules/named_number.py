"""Numbers directly behind the name of a national identifier, whatever their check digit says.

Source: the names by which states call their identifiers (rules/national). A number that was
mistyped, shortened or made up fails its check, and still is somebody's number: where its name
stands right before it, it counts without one. What passes its check is named by its own rule.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding, lowered
from guardrail_gw.detection.rules.context import phrases
from guardrail_gw.detection.rules.named_number_words import FILLERS, NAMES
from guardrail_gw.detection.rules.rule import NAMED_REACH, Needs, Rule
from guardrail_gw.detection.rules.window import WORD

ENTITY = Entity("ID_NUMBER")
SCORE = 0.55

_GROUP = "(?:[A-Z]{1,4}[0-9][0-9A-Z]{0,17}|[a-z]?[0-9][0-9A-Za-z]{0,18}|[A-Z]{1,2})"
_VALUE = re.compile(
    rf"(?<![\w.,/-])(?=[A-Z -]{{0,6}}[0-9]|[a-z][0-9]){_GROUP}(?:[ ./–-]{_GROUP}){{0,7}}(?!\w)"
)
_AFTER_SEPARATOR = re.compile("[ ./–-]")
_YEARS = re.compile(r"(?:19|20)[0-9]{2}(?:[ ./–-](?:19|20)?[0-9]{2})?\Z")
_BETWEEN = re.compile(r"[\s\"'“„():=#.°]{0,6}")
_LEAST_DIGITS = 5
_LOOK_BACK = 64
_MOST_FILLERS = 2
_NAMES = frozenset(tuple(phrase.split()) for phrase in phrases(NAMES.split(",")))
_FILLERS = frozenset(FILLERS.split(","))
_LONGEST = max(map(len, _NAMES))


def find(text: str) -> Iterator[Finding]:
    """Yield the numbers of five digits and more behind a name."""
    for match in _VALUE.finditer(text):
        start = _start(text, match) if _counts(match.group()) else None
        if start is not None and _counts(text[start : match.end()]):
            yield Finding(
                start=start,
                end=match.end(),
                entity=ENTITY,
                score=SCORE,
                recognizer="named_number",
            )


def _counts(value: str) -> bool:
    digits = sum(character.isdigit() for character in value)
    return digits >= _LEAST_DIGITS and not _YEARS.match(value)


def _start(text: str, match: re.Match[str]) -> int | None:
    """Where a number starts that stands behind a name, whose end can look like a group of it."""
    groups = _AFTER_SEPARATOR.finditer(text, match.start(), match.end())
    starts = (match.start(), *(group.start() + 1 for group in groups))
    return next((start for start in starts if _is_named(text, start)), None)


def _is_named(text: str, start: int) -> bool:
    """Whether a name ends where a number starts, but for a filler or two."""
    before = text[max(0, start - _LOOK_BACK) : start]
    found = list(WORD.finditer(before))
    if not found or not _BETWEEN.fullmatch(before, found[-1].end()):
        return False
    words = tuple(lowered(match.group()) for match in found)
    return any(_ends_in_name(words[: len(words) - most]) for most in _fillers(words))


def _fillers(words: tuple[str, ...]) -> Iterator[int]:
    """How many words at the end may be left out, from none on."""
    yield 0
    for count, word in enumerate(reversed(words[-_MOST_FILLERS:]), start=1):
        if word not in _FILLERS:
            return
        yield count


def _ends_in_name(words: tuple[str, ...]) -> bool:
    return any(words[-count:] in _NAMES for count in range(1, _LONGEST + 1))


RULE = Rule(
    name="named_number",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(
        digits=_LEAST_DIGITS,
        words=tuple(sorted({name[0] for name in _NAMES})),
        reach=NAMED_REACH,
    ),
    valid=(
        "Sozialversicherungsnummer 65 070649 J 503",
        "NINO: QQ 12 34 56 C",
        "numéro de sécu 1 85 05 78 006 084 36",
        "Steuer-ID ist 12 345 678 911",
        "PESEL: 44051401358",
        "BSN-nummer 111222334",
        "rodné číslo je 850101/1238",
        "CNP-ul meu: 1960523410014",
        "my social security number is 078 05 1120",
        "EORI DE123456789012345",
        "ΑΜΚΑ: 01013912345",
        "ЕГН 7523169262",
    ),
    invalid=(
        "PESEL 2019",
        "PESEL is an eleven-digit number, as of 2019-20",
        "the PESEL register has 38000000 entries",
        "CNP and then order 1960523410014",
        "steuer 12345678911",
        "1960523410014",
    ),
)
