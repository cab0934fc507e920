"""Slovakia: number of the občiansky preukaz, two letters and six digits, a shape only.

Source: Act 395/2019; no check digit.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="SK_ID_CARD",
    country="SK",
    shapes=("@{2}_#{6}",),
    digits=6,
    words=(
        "občiansky preukaz, občianskeho preukazu, číslo op, č. op, slovak id card, slovak "
        "identity card"
    ),
    valid=("občiansky preukaz EA 123456", "číslo OP: ea123456"),
    invalid=("EA 123456", "občiansky preukaz EA 12345"),
)
