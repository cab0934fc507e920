"""Belgium: number of the electronic identity card, twelve digits with a check modulo 97.

Source: FPS Interior, eID specification: the first ten digits modulo 97, 0 counts as 97.
"""

from stdnum.be import eid

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="BE_ID_CARD",
    country="BE",
    shapes=("###[ -]?#######[ -]?##",),
    digits=12,
    check=eid.is_valid,
    chance=0.0105,
    words=(
        "identiteitskaart, identiteitskaartnummer, kaartnummer, carte d'identité, numéro de "
        "carte, eid, personalausweis, identity card, id card"
    ),
    valid=("identiteitskaart 591-1917064-58", "000-0011032-71"),
    invalid=("591-1917064-59", "591-1917064"),
)
