"""New Zealand: IRD number, eight or nine digits with a check digit.

Source: Inland Revenue; weights 3 2 7 6 5 4 3 2 modulo 11, twice.
"""

from stdnum.nz import ird

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier

IDENTIFIER = Identifier(
    entity="NZ_IRD",
    country="NZ",
    shapes=("#{2,3}_###_###",),
    digits=8,
    check=ird.is_valid,
    chance=0.057,
    words=f"ird, ird number, ird no, inland revenue, new zealand tax number, {TAX}",
    valid=("IRD 49-091-850", "ird number: 049091850"),
    invalid=("IRD 49-091-851", "49091850"),
)
