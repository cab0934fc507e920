"""Europe: number of the European Health Insurance Card, 80, country, issuer and serial.

Source: Decision S2 of the Administrative Commission (2009); 80 is health care (ISO/IEC 7812), the
three digits behind it the country (ISO 3166-1 numeric): the EU, the EEA, Switzerland and the
United Kingdom.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier

_COUNTRIES = (
    "040|056|100|191|196|203|208|233|246|250|276|300|348|352|372|380|428|438|440|442|470|528|578|"
    "616|620|642|703|705|724|752|756|826"
)


IDENTIFIER = Identifier(
    entity="EU_HEALTH_CARD",
    country=None,
    shapes=(f"80(?:{_COUNTRIES})_#####_#####_#####",),
    digits=20,
    alone=0.85,
    beside=0.95,
    words=(
        "ehic, european health insurance card, ekvk, europäische krankenversicherungskarte, "
        "ceam, carte européenne d'assurance maladie, tarjeta sanitaria europea, tse, team, "
        "tessera europea di assicurazione malattia, europese ziekteverzekeringskaart, ekuz, "
        "cead"
    ),
    valid=("EHIC 80276123451234567890", "80250 12345 12345 67890"),
    invalid=("81276123451234567890", "80999123451234567890", "8027612345123456789"),
)
