"""Poland: NIP, the tax number, ten digits with a check digit.

Source: Act on the registration of taxpayers; weights 6 5 7 2 3 4 5 6 7 modulo 11.
"""

from stdnum.pl import nip

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier

IDENTIFIER = Identifier(
    entity="PL_NIP",
    country="PL",
    shapes=("###_###_##_##", "###_##_##_###"),
    digits=10,
    check=nip.is_valid,
    chance=0.091,
    words=(
        "nip, numer nip, nr nip, numer identyfikacji podatkowej, numer podatkowy, polish tax "
        f"number, {TAX}"
    ),
    valid=("NIP 8567346215", "NIP: 856-734-62-15", "nip 856-73-46-215"),
    invalid=("NIP 8567346216", "8567346215"),
)
