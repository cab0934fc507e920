"""Thailand: national identification number, thirteen digits with a check digit.

Source: Population Registration Act; weights 13 to 2 modulo 11.
"""

from stdnum.th import pin

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="TH_TNIN",
    country="TH",
    shapes=("[1-8]_####_#####_##_#",),
    digits=13,
    check=pin.is_valid,
    chance=0.1,
    words=("เลขประจำตัวประชาชน, บัตรประชาชน, เลขบัตรประชาชน, thai id, thai national id, tnin, pin"),
    valid=("Thai ID 1-2345-67890-12-1", "บัตรประชาชน 1234567890121"),
    invalid=("Thai ID 1-2345-67890-12-2", "1234567890121"),
)
