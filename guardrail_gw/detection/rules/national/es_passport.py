"""Spain: passport number, three letters (older: two) and six digits, a shape only.

Source: Royal Decree 896/2003; no check digit is printed with the number.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="ES_PASSPORT",
    country="ES",
    shapes=("@{2,3}#{6}",),
    digits=6,
    words=(
        "pasaporte, número de pasaporte, nº de pasaporte, spanish passport, passport, "
        "passport number, passport no"
    ),
    valid=("pasaporte AAA123456", "spanish passport: XD123456"),
    invalid=("AAA123456", "pasaporte AAA12345"),
)
