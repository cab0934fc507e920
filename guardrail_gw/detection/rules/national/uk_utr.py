"""United Kingdom: unique taxpayer reference, ten digits, the first a check digit.

Source: HMRC; weights 6 7 8 9 10 5 4 3 2 modulo 11.
"""

from stdnum.gb import utr

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier

IDENTIFIER = Identifier(
    entity="UK_UTR",
    country="GB",
    shapes=("#####_#####", "###_###_####"),
    digits=10,
    check=utr.is_valid,
    chance=0.1,
    words=(
        "utr, utr number, unique taxpayer reference, taxpayer reference, self assessment, uk "
        f"tax reference, {TAX}"
    ),
    valid=("UTR 1955839661", "unique taxpayer reference: 19558 39661"),
    invalid=("UTR 2955839661", "1955839661"),
)
