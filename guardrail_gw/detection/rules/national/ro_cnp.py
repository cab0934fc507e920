"""Romania: cod numeric personal, sex and century, a date of birth, a county and a check digit.

Source: Law 105/1996, annex: weights 279146358279, remainder modulo 11, 10 counts as 1.
"""

from stdnum.ro import cnp

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="RO_CNP",
    country="RO",
    shapes=("[1-9]_######_######",),
    digits=13,
    check=cnp.is_valid,
    chance=0.002,
    words=(
        "cnp, c.n.p., cod numeric personal, codul numeric personal, romanian personal number, "
        "personal numeric code"
    ),
    valid=("1630615123457", "CNP: 1630615123457."),
    invalid=("1630615123458", "1631315123457", "163061512345"),
)
