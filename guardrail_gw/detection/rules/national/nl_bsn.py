"""Netherlands: burgerservicenummer, nine digits that pass the eleven test.

Source: Logisch Ontwerp BSN, annex: weights 9 8 7 6 5 4 3 2 -1, sum divisible by 11.
"""

from stdnum.nl import bsn

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier

IDENTIFIER = Identifier(
    entity="NL_BSN",
    country="NL",
    shapes=("###_###_###", "####_##_###"),
    digits=9,
    check=bsn.is_valid,
    chance=0.0935,
    beside=0.85,
    words=(
        "bsn, burgerservicenummer, sofinummer, sofi-nummer, persoonsnummer, citizen service "
        f"number, bsn nr, dutch social security number, {TAX}"
    ),
    valid=("BSN 111222333", "burgerservicenummer: 111.222.333", "bsn 1112.22.333"),
    invalid=("111222333", "BSN 111222334", "BSN 000000000", "absn 111222333"),
)
