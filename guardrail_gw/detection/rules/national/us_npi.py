"""United States: national provider identifier, ten digits with a check digit.

Source: CMS, NPI standard (45 CFR 162.406): Luhn with 80840 in front.
"""

from guardrail_gw.detection.rules.checksums import digits, luhn
from guardrail_gw.detection.rules.national.identifier import Identifier


def _valid(number: str) -> bool:
    return luhn(digits("80840" + number))


IDENTIFIER = Identifier(
    entity="US_NPI",
    country="US",
    shapes=("[12]###[ -]?###[ -]?###",),
    digits=10,
    check=_valid,
    chance=0.1,
    words=(
        "npi, npi number, national provider identifier, national provider, provider "
        "identifier, npi no"
    ),
    valid=("NPI 1234567893", "national provider identifier: 1245319599"),
    invalid=("NPI 1234567894", "1234567893"),
)
