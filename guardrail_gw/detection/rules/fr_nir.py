"""France: numéro de sécurité sociale (NIR), 13 characters and a key of two digits.

Source: INSEE, "Numéro de sécurité sociale": key = 97 minus the number modulo 97; Corsica's 2A and
2B count as 19 and 18. Sex, month and key together let fewer than 0.5 % of random numbers pass.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("FR_NIR")

_CANDIDATE = re.compile(
    r"(?<![\w.])[12][ .]?[0-9]{2}[ .]?(?:0[1-9]|1[0-2]|[2-9][0-9])[ .]?(?:[0-9]{2}|2[ABab])[ .]?"
    r"[0-9]{3}[ .]?[0-9]{3}[ .]?[0-9]{2}(?![\w])"
)


def find(text: str) -> Iterator[Finding]:
    """Yield each number whose key is right, with score 0.9."""
    for match in _CANDIDATE.finditer(text):
        if _valid(match.group()):
            yield Finding(
                start=match.start(), end=match.end(), entity=ENTITY, score=0.9, recognizer="fr_nir"
            )


def _valid(written: str) -> bool:
    compact = "".join(character for character in written.upper() if character.isalnum())
    number = compact[:13].replace("2A", "19").replace("2B", "18")
    return 97 - int(number) % 97 == int(compact[13:])


RULE = Rule(
    name="fr_nir",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(digits=12),
    country="FR",
    valid=("2 55 08 14 168 025 38", "255081416802538"),
    invalid=("2 55 08 14 168 025 39", "3 55 08 14 168 025 38", "2 55 13 14 168 025 38"),
)
