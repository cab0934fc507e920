"""Germany: Steuer-Identifikationsnummer, eleven digits, the last a check digit.

Source: AO, section 139b; StIdV, section 1; ISO 7064 MOD 11,10.
"""

from stdnum.de import idnr

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier

IDENTIFIER = Identifier(
    entity="DE_TAX_ID",
    country="DE",
    shapes=("[1-9]#_###_###_###",),
    digits=11,
    check=idnr.is_valid,
    chance=0.004,
    words=(
        "steueridentifikationsnummer, steuer-id, steuerid, steuer-identifikationsnummer, "
        "steuerliche identifikationsnummer, steuerliche identifikation, persönliche "
        "identifikationsnummer, idnr, id-nr, steuer-idnr, steuernummer, bzst, german tax id, "
        f"{TAX}"
    ),
    valid=("Steuer-ID 36574261809", "36 574 261 809"),
    invalid=("Steuer-ID 36574261890", "36554266806", "06574261809", "136574261809"),
)
