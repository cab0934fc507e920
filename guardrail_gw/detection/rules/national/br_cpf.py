"""Brazil: CPF, nine digits and two check digits.

Source: Receita Federal; weights 10 to 2 and 11 to 2 modulo 11.
"""

from stdnum.br import cpf

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier

IDENTIFIER = Identifier(
    entity="BR_CPF",
    country="BR",
    shapes=("###_###_###_##",),
    digits=11,
    check=cpf.is_valid,
    chance=0.0105,
    words=f"cpf, cadastro de pessoas físicas, brazilian tax number, {TAX}",
    valid=("CPF 390.533.447-05", "390.533.447-05"),
    invalid=("390.533.447-06", "CPF 390.533.447"),
)
