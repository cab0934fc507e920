"""United Kingdom: driver number, from surname, date of birth and initials.

Source: DVLA, driver number format: the surname's five letters with 9s, month plus 50 for women.
"""

import re

from guardrail_gw.detection.rules.national.identifier import Identifier

_FORM = re.compile(
    r"[A-Z]+9*\d(?:[05][1-9]|[16][0-2])(?:0[1-9]|[12]\d|3[01])\d[A-Z]+9?[A-Z\d][A-Z]{2}"
)


def _valid(number: str) -> bool:
    return _FORM.fullmatch(number) is not None


IDENTIFIER = Identifier(
    entity="UK_DRIVING_LICENCE",
    country="GB",
    shapes=("[A-Z][A-Z9]{4}_#[0156]#[0-3]##_[A-Z9]{2}~@{2}",),
    digits=6,
    check=_valid,
    alone=0.75,
    beside=0.95,
    words=(
        "driving licence, driving license, driver licence, driver number, licence number, "
        "dvla, uk driving licence, driver's licence"
    ),
    valid=("driving licence MORGA657054SM9IJ", "MORGA657054SM9IJ"),
    invalid=("MORGA697054SM9IJ", "MO9GA657054SM9IJ", "MORGA657054SM9I"),
)
