"""Argentina: CUIT and CUIL, eleven digits with a check digit.

Source: ARCA; weights 5 4 3 2 7 6 5 4 3 2 modulo 11.
"""

from stdnum.ar import cuit

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier

IDENTIFIER = Identifier(
    entity="AR_CUIT",
    country="AR",
    shapes=("##_########_#",),
    digits=11,
    check=cuit.is_valid,
    chance=0.0104,
    unbroken=0.35,
    words=f"cuit, cuil, clave única de identificación tributaria, {TAX}",
    valid=("CUIT 20-05536168-2", "20-05536168-2"),
    invalid=("20-05536168-3",),
)
