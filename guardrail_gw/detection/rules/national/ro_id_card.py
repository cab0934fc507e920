"""Romania: series and number of the carte de identitate, two letters and six digits, a shape only.

Source: Government Decision 295/2021; no check digit.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="RO_ID_CARD",
    country="RO",
    shapes=("@{2}_#{6}", "@{2} (?:[Nn]r|[Nn]umărul|[Nn]o)\\.? ?#{6}"),
    digits=6,
    words=(
        "carte de identitate, cărții de identitate, buletin, ci seria, c.i., ci, serie, "
        "seria, act de identitate, pașaport, romanian id card, identity card"
    ),
    valid=("CI seria RX nr. 123456", "carte de identitate: rx 123456"),
    invalid=("RX 123456", "buletin RX 12345"),
)
