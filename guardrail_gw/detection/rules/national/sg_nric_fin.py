"""Singapore: NRIC and FIN, a letter, seven digits and a check letter.

Source: ICA; weights 2 7 6 5 4 3 2 modulo 11, an offset and letters by series.
"""

from guardrail_gw.detection.rules.checksums import digits, weighted
from guardrail_gw.detection.rules.national.identifier import Identifier

_OFFSET = {"S": 0, "F": 0, "T": 4, "G": 4, "M": 3}
_LETTERS = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "M": "XWUTRQPNJLK"}
_FOREIGN = "XWUTRQPNMLK"


def _valid(number: str) -> bool:
    series = number[0]
    remainder = (weighted(digits(number[1:8]), (2, 7, 6, 5, 4, 3, 2)) + _OFFSET[series]) % 11
    if series == "M":
        remainder = 10 - remainder
        return _LETTERS["M"][::-1][10 - remainder] == number[8]
    return _LETTERS.get(series, _FOREIGN)[remainder] == number[8]


IDENTIFIER = Identifier(
    entity="SG_NRIC_FIN",
    country="SG",
    shapes=("[STFGM]#{7}@",),
    digits=7,
    check=_valid,
    chance=0.0385,
    words="nric, fin, nric no, fin no, singapore id, identity card, identification card",
    valid=("NRIC S1234567D", "S1234567D", "fin g1234567x"),
    invalid=("S1234567E", "NRIC A1234567D"),
)
