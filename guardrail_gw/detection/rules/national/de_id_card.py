"""Germany: number of the identity card, eight characters and the check digit of ICAO 9303.

Source: PAuswV, annex; ICAO Doc 9303-3: weights 7 3 1 modulo 10. Cards of before 2010 have T and
eight digits, or an authority's four digits, five more and a check digit.
"""

from guardrail_gw.detection.rules.checksums import travel_document
from guardrail_gw.detection.rules.national.identifier import Identifier

_SHORT = 9


def _valid(number: str) -> bool:
    if number[0] == "T" and number[1:].isdecimal() and len(number) == _SHORT:
        return True
    if number.isdecimal() and len(number) == _SHORT:
        return False
    return travel_document(number)


IDENTIFIER = Identifier(
    entity="DE_ID_CARD",
    country="DE",
    shapes=("[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{7}#", "#########[0-9]?"),
    digits=1,
    check=_valid,
    chance=0.049,
    alone=0.3,
    unbroken=0.0,
    beside=0.85,
    upper=True,
    words=(
        "personalausweis, personalausweisnummer, personalausweises, ausweis, ausweisnummer, "
        "ausweis-nr, ausweisdokument, perso, npa, dokumentennummer, seriennummer, "
        "bundespersonalausweis, identity card, id card, national id, german id, german id "
        "card"
    ),
    valid=(
        "Personalausweis L01X00T44",
        "Ausweisnummer: l01x00t44",
        "T22000124",
        "id card T22000129",
        "Ausweis 1220001297",
    ),
    invalid=(
        "Personalausweis L01X00T45",
        "L01X00T4",
        "l01x00t44",
        "Ausweis 1220001298",
        "1220001297",
    ),
)
