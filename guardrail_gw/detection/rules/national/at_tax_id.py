"""Austria: Abgabenkontonummer, tax office, number and check digit.

Source: BMF, data dictionary of FinanzOnline: Luhn's scheme over eight digits, offices as listed.
"""

from stdnum.at import tin

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier

IDENTIFIER = Identifier(
    entity="AT_TAX_ID",
    country="AT",
    shapes=("##[ -]?###_####",),
    digits=9,
    check=tin.is_valid,
    chance=0.039,
    unbroken=0.0,
    words=(
        f"steuernummer, abgabenkontonummer, st.-nr, stnr, finanzamt, austrian tax number, {TAX}"
    ),
    valid=("Steuernummer 59-119/9013", "Abgabenkontonummer: 591199013"),
    invalid=("Steuernummer 59-119/9014", "591199013"),
)
