"""Croatia: number of the identity card or passport, nine digits, a shape only.

Source: Identity Card Act (NN 62/2015); no check digit.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="HR_ID_CARD",
    country="HR",
    shapes=("#{9}",),
    digits=9,
    words=(
        "osobna iskaznica, osobne iskaznice, broj osobne iskaznice, putovnica, putovnice, "
        "broj putovnice, croatian id card, croatian passport"
    ),
    valid=("osobna iskaznica br. 112345678",),
    invalid=("112345678", "osobna iskaznica 11234567"),
)
