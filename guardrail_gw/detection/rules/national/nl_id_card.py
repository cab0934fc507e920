"""Netherlands: number of a passport or identity card, two letters, six characters, a digit.

Source: Paspoortuitvoeringsregeling Nederland 2001, annex: no letter O; no check digit within.
"""

from stdnum.nl import identiteitskaartnummer

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="NL_ID_CARD",
    country="NL",
    shapes=("@{2}[A-NP-Z0-9]{6}#",),
    digits=1,
    check=identiteitskaartnummer.is_valid,
    words=(
        "paspoort, paspoortnummer, identiteitskaart, id-kaart, documentnummer, "
        "identiteitsbewijs, legitimatiebewijs, dutch passport, dutch id card"
    ),
    valid=("paspoort XR1001R58", "identiteitskaart: em0000000"),
    invalid=("XR1001R58", "paspoort XR1O01R58"),
)
