"""International bank account numbers: the length of their country and remainder 1 modulo 97.

Source: ISO 13616-1:2020; lengths from the IBAN registry of SWIFT, release 99. One random string in
97 passes; with a known country and its length the chance in text is far below.
"""

import re
from collections.abc import Iterator
from string import ascii_uppercase

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.rule import Needs, Rule
from guardrail_gw.detection.rules.spot import Spot
from guardrail_gw.detection.rules.window import at_numbers

ENTITY = Entity("IBAN_CODE")

_COUNTRIES = {
    15: "NO",
    16: "BE",
    18: "DK FI FO GL NL SD FK",
    19: "MK SI",
    20: "AT BA EE KZ LT LU XK MN",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HU LB NI PL",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}
_LENGTHS = {
    country: length for length, countries in _COUNTRIES.items() for country in countries.split()
}
"""ISO 3166-1 alpha-2 code -> letters and digits of a whole number."""
_HEAD = re.compile(
    r"[0-9](?:(?<![A-Za-z0-9][A-Za-z]{2}.)(?<=[A-Za-z]{2}.)"
    r"|(?<![A-Za-z0-9][A-Za-z]{2}[ -].)(?<=[A-Za-z]{2}[ -].))[0-9](?=[ -]?[A-Za-z0-9])"
)
_AT = Spot(
    r"(?:(?<![A-Za-z0-9][A-Za-z]{2})(?<=[A-Za-z]{2})"
    r"|(?<![A-Za-z0-9][A-Za-z]{2}[ -])(?<=[A-Za-z]{2}[ -]))9(?:9|9[ -]?[A-Za-z0-9])"
)
"""Its check digits, found by the first of them: digits are rarer than letters."""
_REST = re.compile(r"(?:(?:[ \u00a0-]|\r?\n)?[A-Za-z0-9])+")
_VALUES = {ord(letter): str(int(letter, 36)) for letter in ascii_uppercase}
"""What a letter counts as: A is 10, Z is 35."""
_SPREAD = 2
"""A number written with separators is at most this many times longer than one without."""


def find(text: str) -> Iterator[Finding]:
    """Yield each number whose check digits are right, with score 1.0."""
    for head in at_numbers(_HEAD, text, _AT):
        start = head.start() - (2 if text[head.start() - 1].isalpha() else 3)
        length = _LENGTHS.get(text[start : start + 2].upper())
        if length and (end := _end(text, head.end(), length - 4)) and _valid(text[start:end]):
            yield Finding(start=start, end=end, entity=ENTITY, score=1.0, recognizer="iban")


def _end(text: str, start: int, count: int) -> int | None:
    """Where `count` more letters or digits from `start` end, if the number ends there."""
    rest = _REST.match(text, start, start + count * _SPREAD)
    if not rest:
        return None
    end = start + count
    while end <= rest.end():
        part = text[start:end]
        missing = 0 if part.isalnum() else count - sum(map(str.isalnum, part))
        if not missing:
            after = text[end : end + 1]
            return None if after.isascii() and after.isalnum() else end
        end += missing
    return None


def _valid(written: str) -> bool:
    compact = "".join(filter(str.isalnum, written)).upper()
    return int((compact[4:] + compact[:4]).translate(_VALUES)) % 97 == 1


RULE = Rule(
    name="iban",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(digits=2, is_led=True, spot=_AT),
    valid=(
        "DE89 3704 0044 0532 0130 00",
        "IBAN:GB82WEST12345698765432.",
        "FR14 2004 1010 0505 0001 3M02 606 and more words",
        "nl91abna0417164300",
        "DE89 3704\n0044 0532 0130 00",
        "DE89 3704 0044\r\n0532 0130 00",
        "NO93 8601 1117 947",
        "MT84MALT011000012345MTLCAST001S",
    ),
    invalid=(
        "DE89 3704 0044 0532 0130 01",
        "DE89370400440532013000X",
        "XX89 3704 0044 0532 0130 00",
        "DE89",
        "no89 bottles",
        "XDE89370400440532013000",
        "1DE 89370400440532013000",
    ),
)
