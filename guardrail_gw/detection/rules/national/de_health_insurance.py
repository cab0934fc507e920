"""Germany: Krankenversichertennummer, a letter, eight digits and a check digit.

Source: GKV-Spitzenverband, directory 290: letter as two digits, weights 1 2, cross sums, modulo
10.
"""

from guardrail_gw.detection.rules.checksums import cross_summed
from guardrail_gw.detection.rules.national.identifier import Identifier

_LETTER_A = ord("A") - 1


def _valid(number: str) -> bool:
    digits = f"{ord(number[0]) - _LETTER_A:02}{number[1:]}"
    return cross_summed(digits[:10], (1, 2) * 5) % 10 == int(digits[10])


IDENTIFIER = Identifier(
    entity="DE_HEALTH_INSURANCE",
    country="DE",
    shapes=("@########_#",),
    digits=9,
    check=_valid,
    chance=0.1,
    words=(
        "krankenversichertennummer, versichertennummer, kvnr, krankenversicherung, "
        "krankenversicherungsnummer, krankenkasse, versicherten-nr, gesundheitskarte, egk, "
        "health insurance number, german health insurance"
    ),
    valid=("Versichertennummer A123456780", "KVNR: a123456780"),
    invalid=("KVNR A123456781", "A123456780", "KVNR AA23456780"),
)
