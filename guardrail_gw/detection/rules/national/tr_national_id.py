"""Türkiye: T.C. kimlik, nine digits and two check digits.

Source: Population and Citizenship Affairs; sums modulo 10 of the odd and even places and of all.
"""

from stdnum.tr import tckimlik

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="TR_NATIONAL_ID",
    country="TR",
    shapes=("[1-9]#{10}",),
    digits=11,
    check=tckimlik.is_valid,
    chance=0.01,
    words="kimlik, kimlik no, kimlik numarası, tc kimlik, t.c. kimlik no, tckn, turkish id",
    valid=("T.C. kimlik no 17291716060", "17291716060"),
    invalid=("17291716050", "1729171606"),
)
