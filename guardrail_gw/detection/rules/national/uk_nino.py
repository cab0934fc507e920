"""United Kingdom: national insurance number, two letters, six digits and A to D.

Source: HMRC, National Insurance Manual NIM39110: letters and pairs that are never issued; no
check digit.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier

_NEVER = frozenset({"BG", "GB", "NK", "KN", "NT", "TN", "ZZ"})


def _valid(number: str) -> bool:
    return number[:2] not in _NEVER


IDENTIFIER = Identifier(
    entity="UK_NINO",
    country="GB",
    shapes=("[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]_##_##_##_[A-D]",),
    digits=6,
    check=_valid,
    alone=0.5,
    beside=0.9,
    words=(
        "national insurance, national insurance number, ni number, ni no, nino, yswiriant gwladol"
    ),
    valid=("AB123456C", "NI number AB 12 34 56 C", "nino: ab123456c"),
    invalid=("GB123456C", "DA123456C", "AO123456C", "AB123456E"),
)
