"""Portugal: NISS, the social security number, eleven digits with a check digit.

Source: Segurança Social: weights 29 23 19 17 13 11 7 5 3 2, check = 9 minus the sum modulo 10.
"""

from guardrail_gw.detection.rules.checksums import weighted
from guardrail_gw.detection.rules.national.identifier import Identifier

_WEIGHTS = (29, 23, 19, 17, 13, 11, 7, 5, 3, 2)


def _valid(number: str) -> bool:
    digits = list(map(int, number))
    return 9 - weighted(digits[:10], _WEIGHTS) % 10 == digits[10]


IDENTIFIER = Identifier(
    entity="PT_NISS",
    country="PT",
    shapes=("[12]##_###_###_##", "[12]#{10}"),
    digits=11,
    check=_valid,
    chance=0.1,
    words=(
        "niss, segurança social, número da segurança social, número de identificação da "
        "segurança social, portuguese social security number"
    ),
    valid=("NISS 12345678902",),
    invalid=("NISS 12345678905", "12345678902"),
)
