"""Cyprus: identity card number and alien registration certificate (ARC), a shape only.

Source: Civil Registry and Migration Department: up to ten digits, in practice six to eight; no
check.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="CY_ID_CARD",
    country="CY",
    shapes=("#{6,8}",),
    digits=6,
    words=(
        "δελτίο ταυτότητας, αριθμός ταυτότητας, αδτ, arc, arc number, alien registration, "
        "alien registration certificate, αριθμός εγγραφής αλλοδαπού, cyprus id, cypriot id, "
        "cyprus identity card, αρ. ταυτότητας"
    ),
    valid=("ARC 6812345", "αριθμός ταυτότητας: 812345"),
    invalid=("6812345", "arcade 6812345", "ARC 68123"),
)
