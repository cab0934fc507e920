"""United States: DEA registration number of a prescriber, two letters, six digits, a check digit.

Source: DEA, Pharmacist's Manual: first, third and fifth digit plus twice the others, modulo 10.
"""

from guardrail_gw.detection.rules.checksums import digits, weighted
from guardrail_gw.detection.rules.national.identifier import Identifier


def _valid(number: str) -> bool:
    written = digits(number[2:])
    return weighted(written[:6], (1, 2) * 3) % 10 == written[6]


IDENTIFIER = Identifier(
    entity="MEDICAL_LICENSE",
    country="US",
    shapes=("[A-HJ-NPR-UXZ][A-Z9]#{7}",),
    digits=7,
    check=_valid,
    chance=0.1,
    words=(
        "dea, dea number, dea no, dea registration, medical license, medical licence, medical "
        "license number, prescriber, certificate"
    ),
    valid=("DEA AB1234563", "medical license: fa1234563"),
    invalid=("DEA AB1234564", "AB1234563"),
)
