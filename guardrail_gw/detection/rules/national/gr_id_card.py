"""Greece: identity card number, one or two letters and six digits, a shape only.

Source: Joint Ministerial Decision 8200/0-109568/2023 and before; no check digit.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="GR_ID_CARD",
    country="GR",
    shapes=("[A-ZΑ-Ω][A-ZΑ-Ωα-ω]?_######",),
    digits=6,
    words=(
        "ταυτότητα, ταυτότητας, αριθμός ταυτότητας, αρ. ταυτότητας, αδτ, α.δ.τ., δελτίο "
        "ταυτότητας, adt, greek id card, greek identity card"
    ),
    valid=("ΑΔΤ ΑΒ 123456", "Αρ. Ταυτότητας: AZ123456"),
    invalid=("AZ 123456", "ΑΔΤ ABC123456"),
)
