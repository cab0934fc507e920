"""Denmark: CPR number, a date of birth and four digits; no check digit since 2007.

Source: CPR-kontoret, Personnummeret i CPR: date, century from the seventh digit.
"""

from stdnum.dk import cpr

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="DK_CPR",
    country="DK",
    shapes=("######_####",),
    digits=10,
    check=cpr.is_valid,
    chance=0.031,
    words=(
        "cpr, cpr-nr, cpr-nummer, cpr nummer, cpr.nr, personnummer, personnr, danish personal "
        "number, danish cpr number, civil registration number"
    ),
    valid=("CPR 211062-5629", "211062-5629", "cpr-nummer: 2110625629"),
    invalid=("CPR 511062-5629", "211362-5629", "211062-56291"),
)
