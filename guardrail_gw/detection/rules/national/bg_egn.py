"""Bulgaria: EGN, a date of birth, three digits and a check digit.

Source: Ordinance on the civil registration; weights 2 4 8 5 10 9 7 3 6 modulo 11.
"""

from stdnum.bg import egn

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="BG_EGN",
    country="BG",
    shapes=("######_####",),
    digits=10,
    check=egn.is_valid,
    chance=0.011,
    words=(
        "егн, единен граждански номер, личен номер, egn, edinen grazhdanski nomer, unified "
        "civil number, bulgarian personal number"
    ),
    valid=("ЕГН 7523169263", "EGN: 803205 6031"),
    invalid=("7523169264", "8019010008", "752316926"),
)
