"""Czechia: number of the identity card or passport, nine or eight digits, a shape only.

Source: Ministry of the Interior: občanský průkaz nine digits, cestovní pas eight; no check digit.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="CZ_ID_CARD",
    country="CZ",
    shapes=("#{8,9}",),
    digits=8,
    words=(
        "občanský průkaz, občanského průkazu, číslo op, č. op, op č, cestovní pas, číslo "
        "pasu, cestovního pasu, czech id card, czech passport, czech identity card"
    ),
    valid=("občanský průkaz č. 123456789", "cestovní pas 12345678"),
    invalid=("123456789", "občanský průkaz 1234567"),
)
