"""Poland: passport number, two letters and seven digits, the first a check digit.

Source: Regulation of 16 August 2010, annex; weights 7 3 9 1 7 3 1 7 3 modulo 10.
"""

from guardrail_gw.detection.rules.checksums import document
from guardrail_gw.detection.rules.national.identifier import Identifier


def _valid(number: str) -> bool:
    return document(number, (7, 3, 9, 1, 7, 3, 1, 7, 3)) % 10 == 0


IDENTIFIER = Identifier(
    entity="PL_PASSPORT",
    country="PL",
    shapes=("@{2}_#{7}",),
    digits=7,
    check=_valid,
    chance=0.1,
    words=(
        "paszport, paszportu, paszportem, numer paszportu, nr paszportu, polish passport, "
        "passport, passport number, passport no"
    ),
    valid=("paszport ZS0000177", "passport: zs 0000177"),
    invalid=("paszport ZS0000178", "ZS0000177"),
)
