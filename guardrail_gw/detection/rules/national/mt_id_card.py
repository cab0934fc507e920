"""Malta: identity card number, up to seven digits and a letter, a shape only.

Source: Identity Card Act (cap. 258): M, G births in Malta and Gozo, A foreigners, and L, H, B, P,
Z.
"""

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier

IDENTIFIER = Identifier(
    entity="MT_ID_CARD",
    country="MT",
    shapes=("#{3,7}_[MGAPLHBZ]",),
    digits=3,
    words=(
        "karta tal-identità, karta tal-identita, numru tal-karta, id card, identity card, id "
        f"number, identity number, maltese id, id no, {TAX}"
    ),
    valid=("ID card 0012345M", "karta tal-identità: 123456 G"),
    invalid=("0012345M", "ID card 0012345C"),
)
