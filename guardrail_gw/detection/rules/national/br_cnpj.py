"""Brazil: CNPJ of a company or sole trader, twelve characters and two check digits.

Source: Receita Federal; weights 5 to 2, 9 to 2 modulo 11; letters since 2026.
"""

from stdnum.br import cnpj

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="BR_CNPJ",
    country="BR",
    shapes=("##_###_###_####_##",),
    digits=14,
    check=cnpj.is_valid,
    chance=0.0105,
    words="cnpj, cadastro nacional da pessoa jurídica",
    valid=("CNPJ 16.727.230/0001-97", "16.727.230/0001-97"),
    invalid=("16.727.230/0001-98",),
)
