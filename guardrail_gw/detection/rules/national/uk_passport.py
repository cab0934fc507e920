"""United Kingdom: passport number, nine digits or two letters and seven digits, a shape only.

Source: HM Passport Office; no check digit is printed with the number.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="UK_PASSPORT",
    country="GB",
    shapes=("#{9}", "@{2}#{7}"),
    digits=7,
    words=("uk passport, british passport, passport, passport number, passport no, hm passport"),
    valid=("passport number 123456789", "UK passport: AB1234567"),
    invalid=("123456789", "passport 12345678"),
)
