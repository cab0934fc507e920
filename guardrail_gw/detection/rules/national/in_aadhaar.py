"""India: Aadhaar number, twelve digits with a check digit.

Source: UIDAI; Verhoeff; none begins with 0 or 1.
"""

from stdnum.in_ import aadhaar

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="IN_AADHAAR",
    country="IN",
    shapes=("[2-9]###_####_####",),
    digits=12,
    check=aadhaar.is_valid,
    chance=0.1,
    words="aadhaar, aadhar, uidai, aadhaar number, आधार",
    valid=("Aadhaar 2341 2341 2346", "aadhaar: 234123412346"),
    invalid=("Aadhaar 2341 2341 2347", "234123412346"),
)
