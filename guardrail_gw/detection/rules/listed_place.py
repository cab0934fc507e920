"""Countries, states of the USA and large towns by name, where nothing else says what they are.

Source: Unicode CLDR (names of countries in the languages of the EU), GeoNames (towns of 150,000
and more); `lists/LICENSES_SOURCES`. Names that are also words or surnames are left out. A name
counts where no capital word stands beside it: `Bank of Austria`, `Austria Wien` and `Paris Hilton`
are something else. A side belongs to its place: `Southern Austria`.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.lists import Sieve, places
from guardrail_gw.detection.rules.name_shapes import NO_NAME_BEHIND, UPPER
from guardrail_gw.detection.rules.rule import Needs, Rule
from guardrail_gw.detection.rules.window import capital_words

ENTITY = Entity("LOCATION")
SCORE = 0.5

_BEHIND = re.compile(rf"[\w@/\\(=&-]|[.:][\w/]|['\u2019]s? {UPPER}| (?:and |of )?{UPPER}\w|\x20&")
_NAME_BEFORE = re.compile(rf"{UPPER}[\w.'\u2019-]*[ ](?:of |de |of the )?\Z")
_SIDES = (
    r"(?:North|South|East|West)(?:ern|-?[Ee]ast(?:ern)?|-?[Ww]est(?:ern)?)?|Central|Upper|Lower"
)
_OPENERS = re.compile(
    r"(?:In|From|To|At|Near|Of|The|And|For|With|Is|Does|Was|Are|When|While|If|Both|"
    rf"{_SIDES})[ ](?:the )?\Z"
)
_SIDE = re.compile(rf"(?<![\w-])(?:{_SIDES})[ ]\Z")
_WIDTH = 24


@cache
def _firsts() -> Sieve:
    """The first words of names."""
    return Sieve(map(_first, places()), most=len(places()))


@cache
def _longer() -> Mapping[str, tuple[str, ...]]:
    """First word -> the names of several that begin with it, long ones first."""
    known: dict[str, list[str]] = {}
    for name in places():
        if (first := _first(name)) != name:
            known.setdefault(first, []).append(name)
    return {first: tuple(sorted(some, key=len, reverse=True)) for first, some in known.items()}


def _first(name: str) -> str:
    return re.split(r"[ -]", name)[0]


def find(text: str) -> Iterator[Finding]:
    """Yield names, 0.5."""
    firsts = _firsts()
    done = 0
    for start, word in capital_words(text):
        if start < done or word not in firsts:
            continue
        end = _end(text, start, word)
        if end is not None and _stands_alone(text, start, end):
            side = _SIDE.search(text, max(0, start - _WIDTH), start)
            yield Finding(
                start=side.start() if side else start,
                end=end,
                entity=ENTITY,
                score=SCORE,
                recognizer="listed_place",
            )
            done = end


def _end(text: str, start: int, word: str) -> int | None:
    """Where the longest name ends that stands there and begins with the word."""
    for name in _longer().get(word, ()):
        if text.startswith(name, start):
            return start + len(name)
    return start + len(word) if word in places() else None


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether no capital word stands beside the name, but one that only opens a sentence."""
    if text[start - 1 : start] in NO_NAME_BEHIND or _BEHIND.match(text, end):
        return False
    least = max(0, start - _WIDTH)
    before = _NAME_BEFORE.search(text, least, start)
    return before is None or _OPENERS.search(text, least, start) is not None


RULE = Rule(
    name="listed_place",
    entities=frozenset({ENTITY}),
    adds=frozenset({ENTITY}),
    find=find,
    needs=Needs(has_capital=True),
    valid=("flew to Norway.", "in San Francisco, where", "Southern Austria", "nach Österreich"),
    invalid=(
        "Bank of Austria",
        "Austria Wien",
        "@Norway",
        "Berlin-Brandenburg",
        "the reading room",
    ),
)
