"""India: permanent account number, five letters, four digits and a letter.

Source: Income Tax Department: the fourth letter is the kind of holder; the check letter is not
published.
"""

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier

IDENTIFIER = Identifier(
    entity="IN_PAN",
    country="IN",
    shapes=("@{3}[ABCFGHJLPT]@#{4}@",),
    digits=4,
    alone=0.5,
    beside=0.85,
    upper=True,
    words=f"pan, pan card, pan number, permanent account number, income tax, {TAX}",
    valid=("PAN ACUPA7085R", "ACUPA7085R", "pan acupa7085r"),
    invalid=("ACUXA7085R", "acupa7085r", "ACUPA70855"),
)
