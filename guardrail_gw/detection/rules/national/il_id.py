"""Israel: mispar zehut, nine digits with a check digit.

Source: Population and Immigration Authority; Luhn.
"""

from stdnum.il import idnr

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="IL_ID",
    country="IL",
    shapes=("#{8}_#",),
    digits=9,
    check=idnr.is_valid,
    chance=0.1,
    words="תעודת זהות, מספר זהות, ת.ז, teudat zehut, mispar zehut, israeli id",
    valid=("teudat zehut 039337423",),
    invalid=("teudat zehut 039337424", "039337423"),
)
