"""Australia: tax file number, nine digits with a check.

Source: ATO; weights 1 4 3 7 5 8 6 9 10 modulo 11.
"""

from stdnum.au import tfn

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier

IDENTIFIER = Identifier(
    entity="AU_TFN",
    country="AU",
    shapes=("###_###_###",),
    digits=9,
    check=tfn.is_valid,
    chance=0.091,
    words=f"tfn, tax file number, tax file no, australian tax file number, {TAX}",
    valid=("TFN 876 543 210", "tax file number: 876543210"),
    invalid=("TFN 876 543 211", "876543210"),
)
