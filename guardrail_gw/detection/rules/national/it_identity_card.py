"""Italy: number of the carta d'identità, a shape only.

Source: Ministry of the Interior: electronic CA00000AA, before it 0000000AA and AA0000000.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="IT_IDENTITY_CARD",
    country="IT",
    shapes=("@{2}_#{5}_@{2}", "#{7}_@{2}", "@{2}_#{7}"),
    digits=5,
    words=(
        "carta d'identità, carta di identità, carta identità, cie, documento d'identità, "
        "italian id card, italian identity card"
    ),
    valid=("carta d'identità CA12345AA", "CIE: ca12345aa", "carta identità AX1234567"),
    invalid=("CA12345AA", "cier CA12345AA", "CIE CA1234AA"),
)
