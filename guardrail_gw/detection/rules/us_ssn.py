"""United States: social security number, nine digits in groups, beside a word that says so.

Source: SSA, POMS RM 10201.035: area 000, 666 and 900 to 999, group 00 and serial 0000 are never
issued. There is no check digit, so the context decides.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.context import near, phrases
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("US_SSN")

_CANDIDATE = re.compile(
    r"(?<![\w-])(?!000|666|9)[0-9]{3}([- ]?)(?!00)[0-9]{2}\1(?!0000)[0-9]{4}(?![\w-])"
)
_CONTEXT = phrases(("ssn", "ssns", "social security", "social security number", "itin", "soc sec"))


def find(text: str) -> Iterator[Finding]:
    """Yield numbers beside a context word with 0.85, others written with hyphens with 0.5."""
    for match in _CANDIDATE.finditer(text):
        start, end = match.span()
        score = 0.85 if near(text, start, end, _CONTEXT) else 0.5 if match.group(1) == "-" else 0.0
        if score:
            yield Finding(start=start, end=end, entity=ENTITY, score=score, recognizer="us_ssn")


RULE = Rule(
    name="us_ssn",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(digits=9),
    country="US",
    valid=("SSN 219 09 9999", "219-09-9999", "social security number: 219099999"),
    invalid=("000-12-3456", "666-12-3456", "219-00-9999", "219099999", "SSN 219-09-0000"),
)
