"""Austria: Sozialversicherungsnummer, serial, check digit and date of birth.

Source: ASVG, section 31; weights 3 7 9 5 8 4 2 1 6 modulo 11. Months 13 to 15 mark unknown dates.
"""

from stdnum.at import vnr

from guardrail_gw.detection.rules.national.identifier import Identifier

_DAYS, _MONTHS = range(1, 32), range(1, 16)


def _valid(number: str) -> bool:
    return int(number[4:6]) in _DAYS and int(number[6:8]) in _MONTHS and vnr.is_valid(number)


IDENTIFIER = Identifier(
    entity="AT_SVNR",
    country="AT",
    shapes=("####_######",),
    digits=10,
    check=_valid,
    chance=0.0043,
    words=(
        "svnr, sv-nummer, sozialversicherungsnummer, sozialversicherung, versicherungsnummer, "
        "austrian social security number, austrian social insurance number"
    ),
    valid=("SVNR 1237 010180", "1237010180"),
    invalid=("SVNR 1237 010181", "1237 320180", "1237 011680", "71237010180"),
)
