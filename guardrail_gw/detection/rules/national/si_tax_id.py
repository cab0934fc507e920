"""Slovenia: davčna številka, the tax number, eight digits with a check digit.

Source: Tax Procedure Act; weights 8 to 2 modulo 11.
"""

from stdnum.si import ddv

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier

IDENTIFIER = Identifier(
    entity="SI_TAX_ID",
    country="SI",
    shapes=("[1-9]#{7}", "[1-9]###_####"),
    digits=8,
    check=ddv.is_valid,
    chance=0.1,
    words=(
        "davčna številka, davčna, davčne številke, davčno številko, davcna stevilka, "
        f"slovenian tax number, {TAX}"
    ),
    valid=("davčna številka 50223054", "davčna: 5022 3054"),
    invalid=("davčna številka 50223055", "50223054"),
)
