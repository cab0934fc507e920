"""United States: ABA routing transit number, nine digits with a check digit.

Source: ABA, Routing Number Policy; weights 3 7 1 modulo 10; first two digits 00 to 12, 21 to 32,
61 to 72, 80.
"""

from stdnum.us import rtn

from guardrail_gw.detection.rules.national.identifier import Identifier

_DISTRICTS = (*range(1, 13), *range(21, 33), *range(61, 73), 80)


def _valid(number: str) -> bool:
    return int(number[:2]) in _DISTRICTS and bool(rtn.is_valid(number))


IDENTIFIER = Identifier(
    entity="ABA_ROUTING_NUMBER",
    country="US",
    shapes=("#{9}", "####-####-#"),
    digits=9,
    check=_valid,
    chance=0.039,
    alone=0.0,
    words=(
        "aba, routing, routing number, routing no, rtn, aba number, bank routing, transit "
        "number, wire transfer"
    ),
    valid=("routing number 121000358", "ABA 1210-0035-8"),
    invalid=("routing number 121000359", "121000358", "ABA 999000358"),
)
