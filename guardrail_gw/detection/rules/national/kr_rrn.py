"""Korea: resident registration number, a date of birth and seven digits.

Source: Resident Registration Act; weights 2 to 9, 2 to 5 modulo 11; random digits since October
2020.
"""

from guardrail_gw.detection.rules.checksums import dated
from guardrail_gw.detection.rules.national.identifier import Identifier


def _valid(number: str) -> bool:
    return dated(number[4:6], number[2:4])


IDENTIFIER = Identifier(
    entity="KR_RRN",
    country="KR",
    shapes=("######_[1-8]######",),
    digits=13,
    check=_valid,
    chance=0.034,
    words="주민등록번호, 주민번호, 주민등록, resident registration number, rrn, korean rrn",
    valid=("주민등록번호 971013-1019902", "971013-1019902"),
    invalid=("971313-1019902", "RRN 971013-901990"),
)
