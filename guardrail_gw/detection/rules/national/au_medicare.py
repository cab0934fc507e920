"""Australia: Medicare number, ten digits, the ninth a check digit.

Source: Services Australia; weights 1 3 7 9 modulo 10; first digit 2 to 6.
"""

from guardrail_gw.detection.rules.checksums import digits, weighted
from guardrail_gw.detection.rules.national.identifier import Identifier


def _valid(number: str) -> bool:
    written = digits(number)
    return weighted(written[:8], (1, 3, 7, 9) * 2) % 10 == written[8]


IDENTIFIER = Identifier(
    entity="AU_MEDICARE",
    country="AU",
    shapes=("[2-6]###_#####_#",),
    digits=10,
    check=_valid,
    chance=0.1,
    words="medicare, medicare number, medicare no, medicare card, australian medicare",
    valid=("Medicare 2123 45670 1", "medicare number: 2123456701"),
    invalid=("Medicare 2123 45671 1", "2123456701"),
)
