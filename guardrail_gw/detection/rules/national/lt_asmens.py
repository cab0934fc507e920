"""Lithuania: asmens kodas, sex and century, a date of birth, a serial and a check digit.

Source: Population Register Law; weights 1 to 9 and 1, then 3 to 9 and 1 to 3, modulo 11.
"""

from stdnum.lt import asmens

from guardrail_gw.detection.rules.checksums import dated
from guardrail_gw.detection.rules.national.identifier import Identifier


def _valid(number: str) -> bool:
    """Persons without a known date of birth have a 9 in front and are left out."""
    return dated(number[5:7], number[3:5]) and asmens.is_valid(number)


IDENTIFIER = Identifier(
    entity="LT_ASMENS",
    country="LT",
    shapes=("[1-6]##########",),
    digits=11,
    check=_valid,
    chance=0.004,
    words=(
        "asmens kodas, asmens kodo, asmens kodą, a.k., ak, lithuanian personal code, personal code"
    ),
    valid=("asmens kodas 33309240064", "33309240064"),
    invalid=("33309240164", "3330924006"),
)
