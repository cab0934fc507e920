"""Ireland: personal public service number, seven digits and one or two letters.

Source: Social Welfare Consolidation Act 2005, section 262; remainder modulo 23.
"""

from stdnum.ie import pps

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier

IDENTIFIER = Identifier(
    entity="IE_PPS",
    country="IE",
    shapes=("#######_[A-W](?:_[ABHTW])?",),
    digits=7,
    check=pps.is_valid,
    chance=0.0435,
    words=(
        "pps, ppsn, pps number, pps no, personal public service number, personal public "
        f"service, uimhir psp, psp, rsi number, irish tax number, {TAX}"
    ),
    valid=("PPS 6433435F", "6433435FT", "ppsn: 6433435oa"),
    invalid=("6433435E", "PPS 6433435", "6433435FX"),
)
