"""China: resident identity card number, region, date of birth, serial, check character.

Source: GB 11643-1999; ISO 7064 MOD 11-2.
"""

from stdnum.iso7064 import mod_11_2

from guardrail_gw.detection.rules.checksums import dated
from guardrail_gw.detection.rules.national.identifier import Identifier


def _valid(number: str) -> bool:
    return dated(number[12:14], number[10:12]) and bool(mod_11_2.is_valid(number))


IDENTIFIER = Identifier(
    entity="CN_RESIDENT_ID",
    country="CN",
    shapes=("[1-9]#####(?:18|19|20)##[01]#[0-3]####[0-9X]",),
    digits=17,
    check=_valid,
    chance=0.05,
    alone=0.75,
    unbroken=0.6,
    beside=0.95,
    words="身份证, 身份证号, 公民身份号码, resident identity card, chinese id, chinese id number",
    valid=("11010519491231002X", "chinese id 11010519491231002x"),
    invalid=("110105194912310021", "11010519491331002X"),
)
