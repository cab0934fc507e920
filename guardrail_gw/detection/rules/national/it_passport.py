"""Italy: passport number, two letters and seven digits, a shape only.

Source: Law 1185/1967; no check digit is printed with the number.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="IT_PASSPORT",
    country="IT",
    shapes=("@{2}_#{7}",),
    digits=7,
    words=(
        "passaporto, numero di passaporto, n. passaporto, italian passport, passport, "
        "passport number, passport no"
    ),
    valid=("passaporto YA1234567", "passport number: ya1234567"),
    invalid=("YA1234567", "passaporto YA123456"),
)
