"""Estonia: isikukood, sex and century, a date of birth, a serial and a check digit.

Source: Population Register Act; weights 1 to 9 and 1, then 3 to 9 and 1 to 3, modulo 11.
"""

from stdnum.ee import ik

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="EE_ISIKUKOOD",
    country="EE",
    shapes=("[1-8]##########",),
    digits=11,
    check=ik.is_valid,
    chance=0.004,
    words=(
        "isikukood, isikukoodi, isikukoodiga, ik, estonian personal code, estonian id code, "
        "personal identification code"
    ),
    valid=("isikukood 36805280109", "36805280109"),
    invalid=("36805280108", "36813280109", "3680528010"),
)
