"""United States: individual taxpayer identification number, nine digits that begin with 9.

Source: IRS, Publication 1915: groups 50 to 65, 70 to 88, 90 to 92 and 94 to 99; no check digit.
"""

from stdnum.us import itin

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier

IDENTIFIER = Identifier(
    entity="US_ITIN",
    country="US",
    shapes=("9##[ -]?[5-9]#[ -]?####",),
    digits=9,
    check=itin.is_valid,
    alone=0.5,
    unbroken=0.0,
    beside=0.85,
    words=(
        f"itin, individual taxpayer, individual taxpayer identification number, taxpayer id, {TAX}"
    ),
    valid=("ITIN 912-90-3456", "912-70-1234", "itin: 912701234"),
    invalid=("912-89-3456", "912701234", "ITIN 812-70-1234"),
)
