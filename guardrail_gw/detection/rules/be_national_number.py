"""Belgium: national register number (and BIS number), 11 digits with a date and a check of two.

Source: Royal Decree of 3 April 1984: check = 97 minus the first nine digits modulo 97, with a 2
before them for births from 2000. 0.15 % of random numbers pass with the date.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("BE_NATIONAL_NUMBER")

_CANDIDATE = re.compile(
    r"(?<![\w.])[0-9]{2}[. ]?(?:[024][0-9]|[135][0-2])[. ]?[0-3][0-9]"
    r"[- .]?[0-9]{3}[. -]?[0-9]{2}(?![\w])"
)


def find(text: str) -> Iterator[Finding]:
    """Yield each number whose check is right, with score 0.85."""
    for match in _CANDIDATE.finditer(text):
        if _valid(match.group()):
            yield Finding(
                start=match.start(),
                end=match.end(),
                entity=ENTITY,
                score=0.85,
                recognizer="be_national_number",
            )


def _valid(written: str) -> bool:
    compact = "".join(character for character in written if character.isdigit())
    number, check = int(compact[:9]), int(compact[9:])
    return check in (97 - number % 97, 97 - (2_000_000_000 + number) % 97)


RULE = Rule(
    name="be_national_number",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(digits=11),
    country="BE",
    valid=("85.07.30-033.28", "85073003328", "17 07 30 033 84"),
    invalid=("85.07.30-033.29", "85.73.30-033.28", "8507300332"),
)
