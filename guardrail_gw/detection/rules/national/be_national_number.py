"""Belgium: national register number and BIS number, a date and a check of two digits.

Source: Royal Decree of 3 April 1984: check = 97 minus the first nine digits modulo 97, with a 2
before them for births from 2000; BIS: month plus 20 or 40.
"""

from stdnum.be import ssn

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="BE_NATIONAL_NUMBER",
    country="BE",
    shapes=("##_##_##_###_##",),
    digits=11,
    check=ssn.is_valid,
    chance=0.0047,
    words=(
        "rijksregisternummer, rijksregister, insz, numéro de registre national, registre "
        "national, niss, nationalregisternummer, bis-nummer, numéro bis, national register "
        "number, nrn, rrn"
    ),
    valid=("85.07.30-033.28", "85073003328", "17 07 30 033 84", "98.47.28-997.65"),
    invalid=("85.07.30-033.29", "85.73.30-033.28", "8507300332"),
)
