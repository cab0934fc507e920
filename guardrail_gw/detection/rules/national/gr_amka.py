"""Greece: AMKA, a date of birth, four digits and a check digit.

Source: Law 3655/2008, article 153; Luhn.
"""

from stdnum.gr import amka

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="GR_AMKA",
    country="GR",
    shapes=("######_#####",),
    digits=11,
    check=amka.is_valid,
    chance=0.004,
    words=(
        "αμκα, α.μ.κ.α., αριθμός μητρώου κοινωνικής ασφάλισης, κοινωνικής ασφάλισης, amka, "
        "greek social security number"
    ),
    valid=("ΑΜΚΑ 01013099997", "01013099997"),
    invalid=("01013099999", "01133099997", "0101309999"),
)
