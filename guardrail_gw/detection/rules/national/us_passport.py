"""United States: passport number, nine digits or a letter and eight digits, a shape only.

Source: Department of State; the letter since 2021 (Next Generation Passport); no check digit.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="US_PASSPORT",
    country="US",
    shapes=("#{9}", "@#{8}"),
    digits=8,
    words=(
        "us passport, american passport, passport, passport number, passport no, passport#, "
        "travel document"
    ),
    valid=("passport number A12345678", "US passport 123456789"),
    invalid=("A12345678", "passport A1234567"),
)
