"""France: numéro fiscal de référence (SPI), thirteen digits, the last three a check.

Source: DGFiP: the first ten digits modulo 511.
"""

from stdnum.fr import nif

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier

IDENTIFIER = Identifier(
    entity="FR_TAX_ID",
    country="FR",
    shapes=("[0-3]#_##_###_###_###",),
    digits=13,
    check=nif.is_valid,
    chance=0.0012,
    words=(
        "numéro fiscal, numéro fiscal de référence, nif, spi, numéro spi, n° fiscal, "
        f"identifiant fiscal, french tax number, {TAX}"
    ),
    valid=("numéro fiscal 30 23 217 600 053", "3023217600053"),
    invalid=("3023217600054", "9701987765432"),
)
