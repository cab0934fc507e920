"""Portugal: número de utente of the health service, nine digits, a shape only.

Source: Decree-Law 198/95; no published check digit.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="PT_SNS",
    country="PT",
    shapes=("###_###_###",),
    digits=9,
    words=(
        "número de utente, nº de utente, nº utente, utente, sns, número sns, portuguese "
        "health number"
    ),
    valid=("nº de utente 123 456 789",),
    invalid=("123 456 789", "sns 12345678"),
)
