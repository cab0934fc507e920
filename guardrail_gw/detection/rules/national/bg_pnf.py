"""Bulgaria: personal number of a foreigner, ten digits with a check digit.

Source: Ordinance on foreigners' registration; weights 21 19 17 13 11 9 7 3 1 modulo 10.
"""

from stdnum.bg import pnf

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="BG_PNF",
    country="BG",
    shapes=("####_###_###",),
    digits=10,
    check=pnf.is_valid,
    chance=0.1,
    words=("лнч, личен номер на чужденец, личен номер, lnch, pnf, personal number of a foreigner"),
    valid=("ЛНЧ 7111042925", "PNF: 7111 042 925"),
    invalid=("ЛНЧ 7111042922", "7111042925"),
)
