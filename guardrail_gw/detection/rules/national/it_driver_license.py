"""Italy: driving licence number, a shape only.

Source: Ministry of Infrastructure: two letters, seven characters, a letter, or U1 and eight more.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="IT_DRIVER_LICENSE",
    country="IT",
    shapes=("@{2}#{7}@", "U1[A-Z0-9]{7}@"),
    digits=1,
    words=(
        "patente, patente di guida, numero patente, italian driving licence, italian driver's "
        "license, driving licence, driver license, driver's license"
    ),
    valid=("patente AA0123456B", "patente di guida U1H00A000B"),
    invalid=("AA0123456B", "patente AA012345B"),
)
