"""United States: Medicare beneficiary identifier, eleven characters in a fixed pattern.

Source: CMS, MBI format: letters without S, L, O, I, B, Z at fixed places; no check digit.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier

_L = "AC-HJKMNP-RT-Y"


IDENTIFIER = Identifier(
    entity="US_MBI",
    country="US",
    shapes=(f"[1-9][{_L}][{_L}0-9]#[ -]?[{_L}][{_L}0-9]#[ -]?[{_L}]{{2}}##",),
    digits=5,
    alone=0.6,
    beside=0.9,
    words=(
        "mbi, medicare, medicare number, medicare beneficiary, beneficiary identifier, medicare id"
    ),
    valid=("1EG4-TE5-MK73", "Medicare 1EG4TE5MK73"),
    invalid=("1SG4-TE5-MK73", "0EG4-TE5-MK73", "1EG4-TE5-MK7"),
)
