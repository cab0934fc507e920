"""Hungary: személyi azonosító, sex and century, a date of birth, a serial and a check digit.

Source: Act XX of 1996, annex: weights 1 to 10 for births until 1996, 10 to 1 after, modulo 11.
"""

from guardrail_gw.detection.rules.checksums import dated, weighted
from guardrail_gw.detection.rules.national.identifier import Identifier

_RISING = tuple(range(1, 11))
_LAST_OLD_YEAR = 96


def _valid(number: str) -> bool:
    digits = list(map(int, number))
    rising = number[0] in "1256" and int(number[1:3]) <= _LAST_OLD_YEAR
    weights = _RISING if rising else _RISING[::-1]
    return dated(number[5:7], number[3:5]) and weighted(digits[:10], weights) % 11 == digits[10]


IDENTIFIER = Identifier(
    entity="HU_PERSONAL_NUMBER",
    country="HU",
    shapes=("[1-8]_######_####",),
    digits=11,
    check=_valid,
    chance=0.0036,
    words=(
        "személyi azonosító, személyi azonosító jel, személyi szám, személyi száma, "
        "személyazonosító, hungarian personal number, hungarian personal id"
    ),
    valid=("személyi szám 1-811227-1238", "2 970103 0010"),
    invalid=("1-811227-1237", "1-811327-1238", "9-811227-1238"),
)
