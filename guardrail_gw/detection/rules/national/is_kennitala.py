"""Iceland: kennitala, a date of birth, a serial, a check digit and a sign of the century.

Source: Registers Iceland; weights 3 2 7 6 5 4 3 2 modulo 11.
"""

from stdnum.is_ import kennitala

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="IS_KENNITALA",
    country="IS",
    shapes=("[0-7]#####_###[890]",),
    digits=10,
    check=kennitala.is_valid,
    chance=0.011,
    words=("kennitala, kennitölu, kennitalan, kt, kt., icelandic id, icelandic personal number"),
    valid=("kennitala 120174-3399", "1201743399"),
    invalid=("120174-3389", "320174-3399"),
)
