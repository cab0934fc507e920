"""Netherlands: burgerservicenummer, nine digits that pass the eleven test, beside such a word.

Source: Logisch Ontwerp BSN, annex: weights 9 8 7 6 5 4 3 2 -1, sum divisible by 11. One number in
eleven passes, so without a context word nothing is reported.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.checksums import digits, weighted
from guardrail_gw.detection.rules.context import near, phrases
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("NL_BSN")

_CANDIDATE = re.compile(r"(?<![\w.-])[0-9]{3}[. ]?[0-9]{3}[. ]?[0-9]{3}(?![\w])")
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
_CONTEXT = phrases(
    (
        "bsn",
        "burgerservicenummer",
        "sofinummer",
        "persoonsnummer",
        "citizen service number",
        "bsn nr",
    )
)


def find(text: str) -> Iterator[Finding]:
    """Yield each number beside a context word, with score 0.85."""
    for match in _CANDIDATE.finditer(text):
        number = digits(match.group())
        if any(number) and not weighted(number, _WEIGHTS) % 11:
            start, end = match.span()
            if near(text, start, end, _CONTEXT):
                yield Finding(start=start, end=end, entity=ENTITY, score=0.85, recognizer="nl_bsn")


RULE = Rule(
    name="nl_bsn",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(digits=8),
    country="NL",
    valid=("BSN 111222333", "burgerservicenummer: 111.222.333"),
    invalid=("111222333", "BSN 111222334", "BSN 000000000", "absn 111222333"),
)
