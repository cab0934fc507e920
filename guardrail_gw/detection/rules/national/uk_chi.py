"""Scotland: Community Health Index number, a date of birth, four digits, the last a check.

Source: Public Health Scotland; weights 10 to 2 modulo 11, as for the NHS number.
"""

from stdnum.gb import nhs

from guardrail_gw.detection.rules.checksums import dated
from guardrail_gw.detection.rules.national.identifier import Identifier


def _valid(number: str) -> bool:
    return dated(number[:2], number[2:4]) and bool(nhs.is_valid(number))


IDENTIFIER = Identifier(
    entity="UK_CHI",
    country="GB",
    shapes=("######_####",),
    digits=10,
    check=_valid,
    chance=0.0035,
    unbroken=0.35,
    words="chi, chi number, chi no, community health index, nhs scotland",
    valid=("CHI number 010190 1232", "chi no: 0101901232"),
    invalid=("CHI 010190 1233", "CHI 320190 1232"),
)
