"""Mexico: CURP, letters of the name, date of birth, sex, state, and a check digit.

Source: RENAPO, Instructivo normativo para la CURP.
"""

from stdnum.mx import curp

from guardrail_gw.detection.rules.national.identifier import Identifier

_STATES = (
    "AS|BC|BS|CC|CH|CL|CM|CS|DF|DG|GR|GT|HG|JC|MC|MN|MS|NE|NL|NT|OC|PL|QR|QT|SL|SP|SR|TC|TL|TS|VZ|"
    "YN|ZS"
)


IDENTIFIER = Identifier(
    entity="MX_CURP",
    country="MX",
    shapes=(f"@[AEIOUX]@@######[HM](?:{_STATES})[B-DF-HJ-NP-TV-Z]{{3}}~#",),
    digits=6,
    check=curp.is_valid,
    chance=0.0043,
    words="curp, clave única de registro de población",
    valid=("BOXW310820HNERXN09", "CURP boxw310820hnerxn09"),
    invalid=("BOXW310820HNERXN08", "BOXW311320HNERXN09"),
)
