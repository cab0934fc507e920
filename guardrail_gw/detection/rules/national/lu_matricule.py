"""Luxembourg: matricule, a date of birth, a serial and two check digits.

Source: Grand-ducal Regulation of 28 November 2013: Luhn and Verhoeff over the first eleven
digits.
"""

from stdnum import luhn, verhoeff

from guardrail_gw.detection.rules.checksums import dated
from guardrail_gw.detection.rules.national.identifier import Identifier


def _valid(number: str) -> bool:
    return (
        dated(number[6:8], number[4:6])
        and luhn.is_valid(number[:12])
        and verhoeff.is_valid(number[:11] + number[12])
    )


IDENTIFIER = Identifier(
    entity="LU_MATRICULE",
    country="LU",
    shapes=("[12]###_##_##_###_##",),
    digits=13,
    check=_valid,
    chance=0.0004,
    words=(
        "matricule, matricule national, numéro d'identification national, numéro de "
        "matricule, cns, sozialversicherungsnummer, matrikelnummer, luxembourg social "
        "security number, luxembourg national id"
    ),
    valid=("matricule 1893120105732", "1893 12 01 057 32"),
    invalid=("1893120105733", "1893130105732"),
)
