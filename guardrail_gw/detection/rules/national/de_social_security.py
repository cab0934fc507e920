"""Germany: Rentenversicherungsnummer, office, date of birth, letter, serial, check digit.

Source: VKVV, section 4: letter as two digits, weights 2 1 2 5 7 1 2 1 2 1 2 1, cross sums, modulo
10.
"""

from guardrail_gw.detection.rules.checksums import cross_summed
from guardrail_gw.detection.rules.national.identifier import Identifier

_WEIGHTS = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
_LETTER_A = ord("A") - 1
_DAYS = (*range(1, 32), *range(51, 82))
"""50 is added to a day whose numbers are used up."""
_MONTHS = range(1, 13)


def _valid(number: str) -> bool:
    digits = f"{number[:8]}{ord(number[8]) - _LETTER_A:02}{number[9:11]}"
    return (
        int(number[2:4]) in _DAYS
        and int(number[4:6]) in _MONTHS
        and cross_summed(digits, _WEIGHTS) % 10 == int(number[11])
    )


IDENTIFIER = Identifier(
    entity="DE_SOCIAL_SECURITY",
    country="DE",
    shapes=("##_######_@_###",),
    digits=11,
    check=_valid,
    chance=0.0075,
    words=(
        "rentenversicherungsnummer, sozialversicherungsnummer, versicherungsnummer, rvnr, "
        "svnr, sv-nummer, sv-nr, rentenversicherung, rente, drv, sozialversicherung, "
        "sozialversicherungsausweis, rentenausweis, german social security number, pension "
        "insurance number"
    ),
    valid=("15070649C103", "SV-Nummer 15 070649 C 103", "rvnr 15070649c103"),
    invalid=("15070649C104", "15320649C103", "15071349C103"),
)
