"""Organizations by what a text says of them: who works there, who leads them, what they are.

Source: usage; the phrases are those with which people name their employer, the offices that firms
alone have, and the words for kinds of firms. A name that begins with a forename is a person's:
`I work for Anna`.
"""

import re
from collections.abc import Iterable, Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.lists import names, places
from guardrail_gw.detection.rules.name_shapes import UPPER
from guardrail_gw.detection.rules.rule import Needs, Rule
from guardrail_gw.detection.rules.window import standing

ENTITY = Entity("ORGANIZATION")

_NAME = (
    rf"(?P<name>{UPPER}[\w&'\u2019-]{{1,24}}"
    rf"(?: (?:&|and|of|de|du|für)(?= {UPPER})| {UPPER}[\w&-]{{1,24}}){{0,4}})(?![\w@])"
)
_EMPLOYER = re.compile(
    r"(?<!\w)(?:(?:[Ww]ork(?:s|ed|ing)?|[Ii]ntern(?:ed|ing|s)?)"
    r"(?: as an? [a-z][a-z -]{2,30}?)? (?:for|at)|(?:[Ee]mployed|[Hh]ired) (?:by|at)|"
    r"(?:CEO|CFO|CTO|COO|CIO|[Cc]o-?founder|[Ff]ounder) (?:of|at)|"
    r"[Aa]rbeite(?:t|te)? bei|[Tt]ravaill(?:e|ais|ait|er) chez|"
    rf"[Ll]avor(?:o|a|ava|are) (?:per|presso)|[Ww]erkt? bij|[Ll]ucre(?:z|ază) la) {_NAME}"
)
_TERM_WORDS = """
work works worked working intern interned interning interns employed hired ceo cfo cto coo cio
founder cofounder arbeite arbeitet arbeitete travaille travaillais travaillait travailler lavoro
lavora lavorava lavorare werk werkt lucrez lucrează
"""
_TERMS = frozenset(_TERM_WORDS.split())
"""One of these begins each of them."""
_KIND_WORDS = (
    *("company", "corporation", "firm", "startup", "agency", "retailer", "manufacturer"),
    *("provider", "bank", "brand", "subsidiary", "supplier", "publisher", "airline", "insurer"),
    *("nonprofit", "charity", "consultancy", "conglomerate"),
)
_KIND_SET = frozenset(_KIND_WORDS)
_KINDS = "|".join(_KIND_WORDS)
_IS_A_FIRM = re.compile(rf"{_NAME} (?:is|was) an? (?:[\w-]{{2,20}} ){{0,5}}?(?:{_KINDS})(?!\w)")
_IS = re.compile(r" (?:is|was) an? (?:[\w-]{2,20} ){0,5}\Z")
"""What stands between a name and the word for its kind."""
_IS_WIDTH, _NAME_WIDTH = 113, 130
"""The most code points of that, and of a name."""
_NO_FIRMS_WORDS = """
The A An My Our His Her Their Your Its This That These Those All Most Some Many I We They He She
It Mr Mrs Ms Dr Prof New Former Current Ex Each Every No As CEO CFO CTO COO If When While In On
At And But
"""
_NO_FIRMS = frozenset(_NO_FIRMS_WORDS.split())


def find(text: str) -> Iterator[Finding]:
    """Yield the names of employers, 0.55."""
    return _found(_employers(text))


def find_by_kind(text: str) -> Iterator[Finding]:
    """Yield the names of what is said to be a firm, 0.55."""
    return _found(_firms(text))


def _found(matches: Iterable[re.Match[str]]) -> Iterator[Finding]:
    for match in matches:
        if _may_be_a_firm(match["name"]):
            start, end = match.span("name")
            end -= 2 * match["name"].endswith(("'s", "\u2019s"))
            yield Finding(start=start, end=end, entity=ENTITY, score=0.55, recognizer="employer")


def _employers(text: str) -> Iterator[re.Match[str]]:
    """What people say of their work, which begins with a word for that."""
    done = 0
    for start, _ in standing(text, _TERMS):
        if start >= done and (match := _EMPLOYER.match(text, start)):
            yield match
            done = match.end()


def _firms(text: str) -> Iterator[re.Match[str]]:
    """What a text says of a firm, which ends with a word for its kind."""
    done = 0
    for start, end in standing(text, _KIND_SET):
        if start >= done and _is_said(text, max(done, start - _IS_WIDTH), start):
            least = max(done, start - _IS_WIDTH - _NAME_WIDTH)
            for match in _IS_A_FIRM.finditer(text, least, end + 1):
                yield match
                done = match.end()


def _is_said(text: str, start: int, end: int) -> bool:
    """Whether what stands between a name and the word for its kind ends there."""
    part = text[start:end]
    return (" is a" in part or " was a" in part) and _IS.search(text, start, end) is not None


def _may_be_a_firm(name: str) -> bool:
    first = name.split(maxsplit=1)[0]
    is_person = first in names("forenames") or first in names("other_forenames")
    return not (first in _NO_FIRMS or is_person or name in places())


RULE = Rule(
    name="employer",
    entities=frozenset({ENTITY}),
    adds=frozenset({ENTITY}),
    find=find,
    needs=Needs(has_capital=True, terms=tuple(sorted(_TERMS))),
    valid=(
        "I work for Brackwater Analytics",
        "she worked as a nurse at Ostermere",
        "the CEO of Quillstone resigned",
        "je travaille chez Dunoval",
        "ich arbeite bei Kessling",
    ),
    invalid=(
        "I work for Anna",
        "he works at home",
        "she worked in Norway",
        "CEO of Norway",
    ),
)

BY_KIND = Rule(
    name="employer_by_kind",
    entities=frozenset({ENTITY}),
    adds=frozenset({ENTITY}),
    find=find_by_kind,
    needs=Needs(has_capital=True, phrases=("is a", "was a")),
    valid=("Quillstone is a small software company", "Ostermere was an old airline"),
    invalid=("It is a company", "Quillstone is a name", "Anna is a bank"),
)
