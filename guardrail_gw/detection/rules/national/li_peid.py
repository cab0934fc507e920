"""Liechtenstein: PEID, the number of a person at the authorities, a shape only.

Source: Amt für Statistik: four to twelve digits; no check digit.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="LI_PEID",
    country="LI",
    shapes=("#{4,12}",),
    digits=4,
    words="peid, pe-id, personenidentifikationsnummer, liechtenstein tax number",
    valid=("PEID 1234567", "PEID: 000001234567"),
    invalid=("1234567", "peids 1234567"),
)
