"""Croatia: OIB, eleven digits with a check digit.

Source: OIB Act (NN 60/2008); ISO 7064 MOD 11,10.
"""

from stdnum.hr import oib

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier

IDENTIFIER = Identifier(
    entity="HR_OIB",
    country="HR",
    shapes=("###########",),
    digits=11,
    check=oib.is_valid,
    chance=0.1,
    words=(
        "oib, osobni identifikacijski broj, osobnog identifikacijskog broja, croatian "
        f"personal identification number, croatian tax number, {TAX}"
    ),
    valid=("OIB 33392005961", "osobni identifikacijski broj: 33392005961"),
    invalid=("OIB 33392005962", "33392005961"),
)
