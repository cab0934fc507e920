"""Slovenia: EMŠO, a date of birth, a region, a serial and a check digit.

Source: Central Population Register Act; weights 7 6 5 4 3 2 twice, modulo 11. The other states of
former Yugoslavia have the same number (JMBG).
"""

from stdnum.si import emso

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="SI_EMSO",
    country="SI",
    shapes=("#{7}_##_####", "#{13}"),
    digits=13,
    check=emso.is_valid,
    chance=0.004,
    words=(
        "emšo, emso, matična številka, enotna matična številka občana, jmbg, matični broj, "
        "јмбг, slovenian personal number, unique master citizen number"
    ),
    valid=("EMŠO 0101006500006", "0101006500006"),
    invalid=("0101006500007", "0113006500006"),
)
