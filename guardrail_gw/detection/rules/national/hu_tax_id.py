"""Hungary: adóazonosító jel, 8, days since 1867, a serial and a check digit.

Source: Act XX of 1996, annex: weights 1 to 9 modulo 11.
"""

from guardrail_gw.detection.rules.checksums import weighted
from guardrail_gw.detection.rules.national.identifier import TAX, Identifier


def _valid(number: str) -> bool:
    digits = list(map(int, number))
    return weighted(digits[:9], range(1, 10)) % 11 == digits[9]


IDENTIFIER = Identifier(
    entity="HU_TAX_ID",
    country="HU",
    shapes=("8_###_###_###",),
    digits=10,
    check=_valid,
    chance=0.091,
    words=(
        "adóazonosító, adóazonosító jel, adóazonosító jele, adószám, adóazonosítója, "
        f"hungarian tax id, hungarian tax number, {TAX}"
    ),
    valid=("adóazonosító jel 8071592153",),
    invalid=("adóazonosító jel 8071592154", "8071592153", "adóazonosító 7071592153"),
)
