"""Payment card numbers: 12 to 19 digits that pass the Luhn check.

Source: ISO/IEC 7812-1:2017, annex B (check digit); issuer ranges as the schemes publish them. One
random number in ten passes Luhn, so a number outside every scheme's range and length scores low.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.checksums import digits, luhn
from guardrail_gw.detection.rules.context import listed, near
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("CREDIT_CARD")

_CANDIDATE = re.compile(r"(?<![0-9])(?<![0-9][.,])[0-9](?:[ -]?[0-9]){11,18}(?![0-9])")
_SCHEME = re.compile(
    r"(?:4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-5]|[689]\d)\d{11}"  # Diners
    r"|(?:6011|64[4-9]\d|65\d\d|35(?:2[89]|[3-8]\d))\d{12}"  # Discover, JCB
    r"|62\d{14,17}"  # UnionPay
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15})"  # Maestro
)
_CONTEXT = listed(
    "card, credit, debit, visa, mastercard, amex, cvv, cvc, kreditkarte, karte, kartennummer, "
    "carte, bancaire, tarjeta, carta, kaart, karta, cartão"
)


def find(text: str) -> Iterator[Finding]:
    """Yield each number: 1.0 within a scheme's range, else 0.85 with context and 0.3 without."""
    for match in _CANDIDATE.finditer(text):
        number = digits(match.group())
        if len(set(number)) > 1 and luhn(number):
            start, end = match.span()
            score = _score(text, start, end)
            yield Finding(
                start=start, end=end, entity=ENTITY, score=score, recognizer="credit_card"
            )


def _score(text: str, start: int, end: int) -> float:
    compact = "".join(map(str, digits(text[start:end])))
    if _SCHEME.fullmatch(compact):
        return 1.0
    return 0.85 if near(text, start, end, _CONTEXT) else 0.3


RULE = Rule(
    name="credit_card",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(digits=12),
    valid=(
        "4111 1111 1111 1111",
        "5555-5555-5555-4444",
        "Amex 378282246310005.",
        "6011111111111117",
        "card=3530111333300000",
    ),
    invalid=("4111 1111 1111 1112", "0000000000000000", "12345", "41111111111111111111111"),
)
