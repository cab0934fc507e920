"""Norway: fødselsnummer and D number, a date of birth, a serial and two check digits.

Source: Skatteetaten; weights 3 7 6 1 8 9 4 5 2 and 5 4 3 2 7 6 5 4 3 2 modulo 11.
"""

from stdnum.no import fodselsnummer

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="NO_FODSELSNUMMER",
    country="NO",
    shapes=("######_#####",),
    digits=11,
    check=fodselsnummer.is_valid,
    chance=0.001,
    words=(
        "fødselsnummer, fødselsnr, fnr, personnummer, d-nummer, fødselsnummeret, norwegian "
        "national id, norwegian personal number, birth number"
    ),
    valid=("fødselsnummer 151086 95088", "15108695088"),
    invalid=("15108695077", "15138695088"),
)
