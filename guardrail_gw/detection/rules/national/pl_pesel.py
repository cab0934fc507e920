"""Poland: PESEL, a date of birth, a serial and a check digit.

Source: Population Registration Act 2010, article 15; weights 1 3 7 9 modulo 10.
"""

from stdnum.pl import pesel

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="PL_PESEL",
    country="PL",
    shapes=("######_#####",),
    digits=11,
    check=pesel.is_valid,
    chance=0.018,
    words=(
        "pesel, numer pesel, nr pesel, peselu, pesela, peselem, polish national id, polish "
        "personal number"
    ),
    valid=("PESEL 44051401359", "44051401359"),
    invalid=("44051401358", "02381307589", "PESEL 440514013591"),
)
