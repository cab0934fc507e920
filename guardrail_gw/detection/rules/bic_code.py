"""Codes of banks: four letters, a country, a place, and perhaps a branch.

Source: ISO 9362:2022. There is no check digit, and eight capital letters are many an English word,
so a code counts only beside a word that names it.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.context import listed, near
from guardrail_gw.detection.rules.countries import ISO_CODES
from guardrail_gw.detection.rules.rule import Needs, Rule
from guardrail_gw.detection.rules.window import capital_words

ENTITY = Entity("BIC_CODE")

_CODE = re.compile(r"(?<!-)[A-Z]{4}([A-Z]{2})[A-Z2-9][A-Z0-9](?:[A-Z0-9]{3})?(?![\w-])")
_LENGTHS = frozenset({8, 11})
_CONTEXT = listed(
    "bic, swift, iban, bank code, bank identifier, bankleitzahl, code banque, код банка, swift bic"
)


def find(text: str) -> Iterator[Finding]:
    """Yield each code beside a word for it: 0.85."""
    for start, word in capital_words(text):
        match = _CODE.match(text, start) if len(word) in _LENGTHS and word.isupper() else None
        if match and match.group(1) in ISO_CODES and near(text, *match.span(), _CONTEXT):
            yield Finding(start=start, end=match.end(), entity=ENTITY, score=0.85, recognizer="bic")


RULE = Rule(
    name="bic",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(terms=("bic", "swift", "iban", "bank", "bankleitzahl", "banque", "банка")),
    valid=(
        "BIC: DEUTDEFF",
        "SWIFT/BIC BNPAFRPPXXX",
        "IBAN ends in 3000, COBADEFF370",
        "swift code NDEAFIHH",
        "code banque BNPAFRPP",
    ),
    invalid=("DEUTDEFF", "SWIFT TRANSFER", "bic DEUTXXFF", "BIC DEUTDEFF12", "the DATABASE"),
)
