"""Cyprus: taxpayer identification code, eight digits and a check letter.

Source: Cyprus Tax Department; odd digits translated, sum modulo 26 gives the letter.
"""

from stdnum.cy import vat

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier

IDENTIFIER = Identifier(
    entity="CY_TIN",
    country="CY",
    shapes=("########_@",),
    digits=8,
    check=vat.is_valid,
    chance=0.038,
    words=(
        "αφτ, α.φ.τ., αριθμός φορολογικής ταυτότητας, φορολογικός αριθμός, cyprus tax number, "
        f"tic, {TAX}"
    ),
    valid=("TIC 10259033P", "ΑΦΤ: 10259033P", "10259033P"),
    invalid=("TIC 10259033Z", "1025903P", "10259033PX"),
)
