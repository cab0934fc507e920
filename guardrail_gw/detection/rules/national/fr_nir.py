"""France: numéro de sécurité sociale (NIR), 13 characters and a key of two digits.

Source: INSEE: key = 97 minus the number modulo 97; Corsica's 2A and 2B count as 19 and 18.
"""

from stdnum.fr import nir

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="FR_NIR",
    country="FR",
    shapes=("[12]_##_(?:0[1-9]|1[0-2]|[2-9]#)_(?:##|2[AB])_###_###_##",),
    digits=12,
    check=nir.is_valid,
    chance=0.0103,
    alone=0.9,
    beside=0.95,
    words=(
        "nir, numéro de sécurité sociale, sécurité sociale, n° de sécurité sociale, numéro "
        "insee, n° ss, numéro de sécu, sécu, carte vitale, french social security number"
    ),
    valid=("2 55 08 14 168 025 38", "255081416802538", "NIR 2 53 07 2B 073 004 70"),
    invalid=("2 55 08 14 168 025 39", "3 55 08 14 168 025 38", "2 55 13 14 168 025 38"),
)
