"""Canada: social insurance number, nine digits with a check digit.

Source: ESDC; Luhn; none begins with 0 or 8.
"""

from stdnum.ca import sin

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier

IDENTIFIER = Identifier(
    entity="CA_SIN",
    country="CA",
    shapes=("[1-79]##_###_###",),
    digits=9,
    check=sin.is_valid,
    chance=0.1,
    words=(
        "sin, sin number, social insurance, social insurance number, nas, numéro d'assurance "
        f"sociale, assurance sociale, {TAX}"
    ),
    valid=("SIN 123-456-782", "social insurance number: 123456782"),
    invalid=("SIN 123-456-783", "123456782"),
)
