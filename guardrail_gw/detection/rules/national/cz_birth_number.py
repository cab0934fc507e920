"""Czechia: rodné číslo, a date of birth, a serial and, since 1954, a check digit.

Source: Act 133/2000, section 13: divisible by 11; women's months plus 50, plus 20 when a day is
used up.
"""

from stdnum.cz import rc

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="CZ_BIRTH_NUMBER",
    country="CZ",
    shapes=("######_###", "######_####"),
    digits=9,
    check=rc.is_valid,
    chance=0.085,
    alone=0.6,
    unbroken=0.3,
    beside=0.85,
    words=(
        "rodné číslo, rodne cislo, rodného čísla, rodným číslem, r.č., rč, rc, birth number, "
        "czech birth number, czech personal number"
    ),
    valid=("rodné číslo 710319/2745", "710319/2745", "r.č. 7103192745", "530312/123"),
    invalid=("rodné číslo 710319/2746", "110349/2745", "710319/27451"),
)
