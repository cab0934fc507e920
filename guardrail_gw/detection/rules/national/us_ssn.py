"""United States: social security number, nine digits in groups.

Source: SSA, POMS RM 10201.035: area 000, 666 and 900 to 999, group 00 and serial 0000 are never
issued. There is no check digit, so the context decides.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier


def _valid(number: str) -> bool:
    area, group, serial = number[:3], number[3:5], number[5:]
    return area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000"


IDENTIFIER = Identifier(
    entity="US_SSN",
    country="US",
    shapes=("###-##-####", "### ## ####", "###[.]##[.]####", "#########"),
    digits=9,
    check=_valid,
    alone=0.5,
    unbroken=0.0,
    beside=0.85,
    words=(
        "ssn, ssns, social security, social security number, soc sec, seguro social, número "
        "de seguro social"
    ),
    valid=("SSN 219 09 9999", "219-09-9999", "social security number: 219099999"),
    invalid=(
        "000-12-3456",
        "666-12-3456",
        "219-00-9999",
        "219099999",
        "SSN 219-09-0000",
        "17151 2450",
    ),
)
