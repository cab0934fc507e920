"""Germany: passport number, eight characters and the check digit of ICAO 9303.

Source: PassV, annex; ICAO Doc 9303-3: weights 7 3 1 modulo 10.
"""

from guardrail_gw.detection.rules.checksums import travel_document
from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="DE_PASSPORT",
    country="DE",
    shapes=("[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{7}#",),
    digits=1,
    check=travel_document,
    chance=0.1,
    alone=0.3,
    unbroken=0.0,
    beside=0.85,
    upper=True,
    words=(
        "reisepass, reisepasses, reisepassnummer, pass, passnummer, pass-nr, passport, "
        "passport number, passport no, german passport, mrz"
    ),
    valid=("Reisepass C01X00T41", "passport no: c01x00t41", "C01X00T41"),
    invalid=("Reisepass C01X00T42", "Reisepass A01X00T41", "c01x00t41"),
)
