"""Hungary: TAJ, the social security number, nine digits with a check digit.

Source: Act XX of 1996, annex: weights 3 7 modulo 10.
"""

from guardrail_gw.detection.rules.checksums import weighted
from guardrail_gw.detection.rules.national.identifier import Identifier


def _valid(number: str) -> bool:
    digits = list(map(int, number))
    return weighted(digits[:8], (3, 7) * 4) % 10 == digits[8]


IDENTIFIER = Identifier(
    entity="HU_TAJ",
    country="HU",
    shapes=("###_###_###",),
    digits=9,
    check=_valid,
    chance=0.1,
    words=(
        "taj, taj szám, taj-szám, taj száma, tajszám, társadalombiztosítási azonosító jel, "
        "társadalombiztosítási, hungarian social security number"
    ),
    valid=("TAJ 111 111 110", "TAJ-szám: 123-456-788"),
    invalid=("TAJ 123456787", "123456788"),
)
