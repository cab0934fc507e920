"""Poland: number of the dowód osobisty, three letters and six digits, the first a check digit.

Source: Regulation of 29 January 2015, annex; weights 7 3 1 9 7 3 1 7 3 modulo 10.
"""

from guardrail_gw.detection.rules.checksums import document
from guardrail_gw.detection.rules.national.identifier import Identifier


def _valid(number: str) -> bool:
    return document(number, (7, 3, 1, 9, 7, 3, 1, 7, 3)) % 10 == 0


IDENTIFIER = Identifier(
    entity="PL_ID_CARD",
    country="PL",
    shapes=("@{3}_#{6}",),
    digits=6,
    check=_valid,
    chance=0.1,
    alone=0.3,
    beside=0.85,
    upper=True,
    words=(
        "dowód osobisty, dowodu osobistego, dowodem osobistym, dowód, dowodu, nr dowodu, "
        "seria i numer, polish id card, identity card, id card"
    ),
    valid=("dowód osobisty ABA300000", "nr dowodu: aba 300000", "ABA300000"),
    invalid=("dowód osobisty ABA400000", "aba300000", "ABA30000"),
)
