"""Persons in a list of people: `Attendees: Anna Berg, Tom and Quill`.

Source: usage in English, German, French, Spanish, Italian and Dutch. The word before the list says
what all in it are, so that surnames which would make a law firm by themselves are persons there.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.late import late
from guardrail_gw.detection.rules.lists import places
from guardrail_gw.detection.rules.name_shapes import PARTICLE, UPPER
from guardrail_gw.detection.rules.organization_words import FORMS, PREFIXES, SUFFIXES
from guardrail_gw.detection.rules.people_words import PEOPLE
from guardrail_gw.detection.rules.rule import Needs, Rule
from guardrail_gw.detection.rules.window import standing

ENTITY = Entity("PERSON")
SCORE = 0.6

_TITLE = r"(?:(?:Mr|Mrs|Ms|Mx|Dr|Prof|Herrn?|Hr|Frau|Mme|M|Mlle|Sig|Dott|Sra?|Dhr|Mevr)\.? ){0,2}"
_WORD = rf"(?:{UPPER}\.|{UPPER}(?:['\u2019]{UPPER})?[^\W\d_]{{1,24}}(?:-{UPPER}?[^\W\d_]{{1,24}})?)"
_NAME = rf"{_WORD}(?: (?:{PARTICLE} ){{0,2}}{_WORD}){{0,3}}"
_AND = r"(?:and|und|et|y|e|en|&)"
_BETWEEN = rf"(?:, {_AND} |[,;] | {_AND} )"
_LEADING = (
    r"(?: \([^()\n]{1,12}\))? ?(?::|,? including|,? (?:are|were|include|included|sind|waren|"
    r"sont|étaient|son|eran|sono|erano|zijn|waren))(?: (?:[Tt]he|[Dd]ie|[Ll]es))?[ \n]{1,2}"
)
_LISTED = late(
    rf"{_LEADING}(?P<names>{_TITLE}{_NAME}(?:{_BETWEEN}{_TITLE}{_NAME}){{1,40}})(?![\w@])"
)
_EACH = late(rf"{_TITLE}(?P<name>{_NAME})(?:{_BETWEEN}|\Z)")
_FIRM = late(rf"(?<![\w-])(?:{FORMS}|{SUFFIXES}|{PREFIXES})(?![\w-])")


def find(text: str) -> Iterator[Finding]:
    """Yield each name of a list of people, 0.6; a firm or a place makes it a list of others."""
    for match in _lists(text):
        start = match.start("names")
        spans = [each.span("name") for each in _EACH().finditer(match["names"])]
        written = [match["names"][begins:ends] for begins, ends in spans]
        if _FIRM().search(match["names"]) or any(name in places() for name in written):
            continue
        for begins, ends in spans:
            yield Finding(
                start=start + begins,
                end=start + ends,
                entity=ENTITY,
                score=SCORE,
                recognizer="people",
            )


def _lists(text: str) -> Iterator[re.Match[str]]:
    """What stands like a list behind one of the words."""
    for _, end in standing(text, PEOPLE):
        if match := _LISTED().match(text, end):
            yield match


RULE = Rule(
    name="people",
    entities=frozenset({ENTITY}),
    adds=frozenset({ENTITY}),
    find=find,
    needs=Needs(terms=tuple(sorted(PEOPLE)), reach=400),
    valid=(
        "Attendees: Ostermere, Quill and Thornby.",
        "Participants (3): Anna Berg, Tom Quill",
        "The authors are Berg, Quandt and Thornby",
        "Anwesend: Frau Berg, Herr Quandt und Dr. Thornby",
        "Présents : Camille Dunoval et Luc Prado",
        "Asistentes: Ximena Prado y Joana Ferretti",
        "her children, including Ottoline and Merrick",
    ),
    invalid=(
        "Attendees: Germany, Norway and Thornby",
        "Authors: Brackwater Ltd, Quill and Thornby",
        "Attendees: Ostermere",
        "attendees: see the list",
        "The children are Ill",
        "people, Ostermere and Quill",
    ),
)
