"""Switzerland: AHV number, 756 and ten digits with the check digit of an EAN-13.

Source: AHVV, article 133bis; ISO 3166-1 numeric 756; GS1 check digit.
"""

from stdnum.ch import ssn

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="CH_AHV",
    country="CH",
    shapes=("756_####_####_##",),
    digits=13,
    check=ssn.is_valid,
    chance=0.1,
    alone=0.85,
    beside=0.95,
    words=(
        "ahv, ahv-nr, ahv-nummer, ahvn13, avs, numéro avs, avs-nr, avs-nummer, numero avs, "
        "sozialversicherungsnummer, oasi number, swiss social security number, navs13"
    ),
    valid=("756.9217.0769.85", "AHV 7569217076985", "756 9217 0769 85"),
    invalid=("756.9217.0769.84", "757.9217.0769.85", "756.9217.0769"),
)
