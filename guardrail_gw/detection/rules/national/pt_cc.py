"""Portugal: document number of the Cartão de Cidadão, with version letters and a check digit.

Source: AMA, specification of the Cartão de Cidadão: letters as numbers, every second doubled,
modulo 10.
"""

from stdnum.pt import cc

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="PT_CC",
    country="PT",
    shapes=("#{8}_#_@~#",),
    digits=10,
    check=cc.is_valid,
    chance=0.1,
    alone=0.3,
    beside=0.85,
    words=(
        "cartão de cidadão, cartao de cidadao, cc, bilhete de identidade, número de "
        "documento, nº do documento, documento de identificação, portuguese id card, citizen "
        "card"
    ),
    valid=("cartão de cidadão 00000000 0 ZZ4", "CC: 000000000zz4"),
    invalid=("cartão de cidadão 00000000 0 ZZ3", "00000000 A ZZ4"),
)
