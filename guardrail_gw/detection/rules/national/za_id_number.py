"""South Africa: identity number, a date of birth, a serial, citizenship and a check digit.

Source: Identification Act 68 of 1997; Luhn.
"""

from stdnum.za import idnr

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="ZA_ID_NUMBER",
    country="ZA",
    shapes=("######_####_###",),
    digits=13,
    check=idnr.is_valid,
    chance=0.0015,
    words="id number, identity number, south african id, sa id, identiteitsnommer, id no",
    valid=("ID number 7503305044089", "750330 5044 089"),
    invalid=("8503305044089", "7513305044089"),
)
