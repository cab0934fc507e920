"""Portugal: NIF, the tax number, nine digits with a check digit.

Source: Decree-Law 14/2013; weights 9 to 2 modulo 11.
"""

from stdnum.pt import nif

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier

IDENTIFIER = Identifier(
    entity="PT_NIF",
    country="PT",
    shapes=("[1-9]##_###_###",),
    digits=9,
    check=nif.is_valid,
    chance=0.1,
    words=(
        "nif, contribuinte, número de contribuinte, nº de contribuinte, número de "
        f"identificação fiscal, identificação fiscal, portuguese tax number, {TAX}"
    ),
    valid=("NIF 501964843", "contribuinte: 501 964 843"),
    invalid=("NIF 501964842", "501964843"),
)
