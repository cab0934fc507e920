"""United Kingdom: NHS number, ten digits with a check digit.

Source: NHS Data Dictionary; weights 10 to 2 modulo 11.
"""

from stdnum.gb import nhs

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="UK_NHS",
    country="GB",
    shapes=("###_###_####",),
    digits=10,
    check=nhs.is_valid,
    chance=0.091,
    alone=0.3,
    beside=0.85,
    words=(
        "nhs, nhs number, nhs no, national health service, health service number, health "
        "authority, health services authority"
    ),
    valid=("NHS number 943 476 5870", "nhs no: 943-476-5870", "9434765870"),
    invalid=("NHS 943 476 5871", "NHS 943 476 587"),
)
