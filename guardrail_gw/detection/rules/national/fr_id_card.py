"""France: number of the carte nationale d'identité, twelve digits or nine characters, a shape only.

Source: Decree 55-1397: twelve digits until 2021, then nine letters and digits; no check within.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="FR_ID_CARD",
    country="FR",
    shapes=("#{12}", "@~{7}#", "##@@#{5}"),
    digits=1,
    words=(
        "carte nationale d'identité, carte d'identité, cni, numéro de carte d'identité, pièce "
        "d'identité, passeport, numéro de passeport, n° de passeport, french id card, french "
        "passport"
    ),
    valid=("CNI 880692310285", "carte d'identité n° X4RTBPFW4", "passeport 12AB34567"),
    invalid=("880692310285", "CNI 88069231028"),
)
