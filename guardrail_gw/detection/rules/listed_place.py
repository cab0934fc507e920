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
from guardrail_gw.detection.rules.lists import places
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
def _known() -> Mapping[str, tuple[str, ...]]:
    """First word -> the names that begin with it, long ones first."""
    known: dict[str, list[str]] = {}
    for name in sorted(places(), key=len, reverse=True):
        known.setdefault(re.split(r"[ -]", name)[0], []).append(name)
    return {first: tuple(some) for first, some in known.items()}


def find(text: str) -> Iterator[Finding]:
    """Yield names, 0.5."""
    known = _known()
    done = 0
    for start, word in capital_words(text):
        if start < done or word not in known:
            continue
        end = _end(text, start, known[word])
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


def _end(text: str, start: int, some: tuple[str, ...]) -> int | None:
    return next((start + len(name) for name in some if text.startswith(name, start)), None)


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
