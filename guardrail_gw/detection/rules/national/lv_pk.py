"""Latvia: personas kods, a date of birth and a check digit, or 32 and nine digits without one.

Source: Law on the Register of Natural Persons; weights 1 6 3 7 9 10 5 8 4 2 modulo 11; 32 since
2017.
"""

from stdnum.lv import pvn

from guardrail_gw.detection.rules.national.identifier import Identifier

_UNDATED = "32"


def _valid(number: str) -> bool:
    return number.startswith(_UNDATED) or bool(pvn.is_valid(number))


IDENTIFIER = Identifier(
    entity="LV_PK",
    country="LV",
    shapes=("[0-3]#####_#####",),
    digits=11,
    check=_valid,
    chance=0.029,
    words=(
        "personas kods, personas koda, personas kodu, pk, latvian personal code, latvian "
        "identity number, personal code"
    ),
    valid=(
        "personas kods 161175-19997",
        "161175-19997",
        "p.k. 32 is no code, personas kods 328673-00679",
    ),
    invalid=("161175-19998", "161375-19997", "16117519997123"),
)
