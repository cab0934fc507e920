"""Slovakia: rodné číslo, the same number as in Czechia.

Source: Act 301/1995, section 2: divisible by 11; women's months plus 50. The Czech rule has the
words that both languages share, so a number beside them is reported as Czech; here stand
Slovakia's own.
"""

from stdnum.sk import rc

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="SK_BIRTH_NUMBER",
    country="SK",
    shapes=("######_###", "######_####"),
    digits=9,
    check=rc.is_valid,
    chance=0.085,
    beside=0.85,
    alone=0.55,
    unbroken=0.3,
    words=(
        "rodné číslo sr, slovenské rodné číslo, slovenského rodného čísla, rč sr, slovak "
        "birth number, slovak personal number"
    ),
    valid=("slovenské rodné číslo 710319/2745", "710319/2745", "slovak birth number: 7103192745"),
    invalid=("slovenské rodné číslo 710319/2746", "110349/2745"),
)
