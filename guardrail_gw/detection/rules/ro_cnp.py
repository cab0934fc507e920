"""Romania: cod numeric personal, 13 digits with a date and a check digit.

Source: Law 105/1996, annex: weights 279146358279, remainder modulo 11, 10 counts as 1.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.checksums import digits, weighted
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("RO_CNP")

_CANDIDATE = re.compile(
    r"(?<![\w.])[1-9][0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[0-4][0-9]|5[0-2]|70)[0-9]{4}(?!\w)"
)
_WEIGHTS = (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)


def find(text: str) -> Iterator[Finding]:
    """Yield each number whose check digit is right, with score 0.85 (0.17 % pass by chance)."""
    for match in _CANDIDATE.finditer(text):
        number = digits(match.group())
        check = weighted(number[:12], _WEIGHTS) % 11
        if number[12] == (1 if check == 10 else check):  # noqa: PLR2004 - as the law writes it
            yield Finding(
                start=match.start(), end=match.end(), entity=ENTITY, score=0.85, recognizer="ro_cnp"
            )


RULE = Rule(
    name="ro_cnp",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(digits=13),
    country="RO",
    valid=("1630615123457", "CNP: 1630615123457."),
    invalid=("1630615123458", "1631315123457", "163061512345"),
)
