"""Payment card numbers: 12 to 19 digits that pass the Luhn check, or are written as a card's.

Source: ISO/IEC 7812-1:2017, annex B (check digit); issuer ranges as the schemes publish them. One
random number in ten passes Luhn, so a number outside every scheme's range and length scores low. A
misprint fails it and is still somebody's card: within a scheme's range, the grouping on the card or
a word beside it is enough for a lower score.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.checksums import digits, luhn
from guardrail_gw.detection.rules.context import listed, near
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("CREDIT_CARD")

_CANDIDATE = re.compile(r"[0-9](?<![0-9].)(?<![0-9][.,].)(?:[ -]?[0-9]){11,18}(?![0-9])")
_SCHEME = re.compile(
    r"(?:4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-5]|[689]\d)\d{11}"  # Diners
    r"|(?:6011|64[4-9]\d|65\d\d|35(?:2[89]|[3-8]\d))\d{12}|(?:2131|1800)\d{11}"  # Discover, JCB
    r"|62\d{14,17}"  # UnionPay
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15})"  # Maestro
)
_AS_ON_THE_CARD = re.compile(
    r"\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5}|\d{4}([ -])\d{4}\3\d{5}"
)
_CONTEXT = listed(
    "card, cards, cc, credit, debit, visa, mastercard, amex, cvv, cvc, kreditkarte, karte, "
    "kartennummer, "
    "carte, bancaire, tarjeta, carta, kaart, karta, karty, cartão, kort, kortti, kortin, cardul, "
    "cardului, kártya, bankkártya, karta platnicza, платіжна, карта, κάρτα, kaardi, karte, kortelė"
)


def find(text: str) -> Iterator[Finding]:
    """Yield each number: checked 1.0, 0.85 or 0.3; unchecked in a scheme's range 0.6 or 0.5."""
    for match in _CANDIDATE.finditer(text):
        start, end = match.span()
        if score := _score(match.group(), is_near=near(text, start, end, _CONTEXT)):
            yield Finding(
                start=start, end=end, entity=ENTITY, score=score, recognizer="credit_card"
            )


def _score(written: str, *, is_near: bool) -> float:
    number = digits(written)
    if len(set(number)) == 1:
        return 0.0
    in_range = _SCHEME.fullmatch("".join(map(str, number))) is not None
    if luhn(number):
        return 1.0 if in_range else 0.85 if is_near else 0.3
    if not in_range:
        return 0.0
    return 0.6 if is_near else 0.5 if _AS_ON_THE_CARD.fullmatch(written) else 0.0


RULE = Rule(
    name="credit_card",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(digits=12, reach=16),
    valid=(
        "4111 1111 1111 1111",
        "5555-5555-5555-4444",
        "Amex 378282246310005.",
        "6011111111111117",
        "card=3530111333300000",
        "my card 4111111111111112 is lost",
        "4111-1111-1111-1112",
    ),
    invalid=("4111111111111112", "0000000000000000", "12345", "41111111111111111111111"),
)
