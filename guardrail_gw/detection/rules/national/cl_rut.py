"""Chile: RUT and RUN, seven or eight digits and a check character.

Source: Registro Civil; weights 2 to 7 modulo 11, 10 is K.
"""

from stdnum.cl import rut

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="CL_RUT",
    country="CL",
    shapes=("[1-9]#?_###_###-[0-9K]", "[1-9]#{6,7}_[0-9K]"),
    digits=7,
    check=rut.is_valid,
    chance=0.091,
    words="rut, run, rol único tributario, rol único nacional, cédula de identidad",
    valid=("RUT 12.531.909-2", "rut: 12531909-2"),
    invalid=("RUT 12.531.909-3", "12531909-2"),
)
