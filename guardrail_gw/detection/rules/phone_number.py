"""Telephone numbers: runs of digits as people write them, then libphonenumber's own plan.

Source: ITU-T E.164; numbering plans from the `phonenumbers` package. Parsing every text once per
region is what makes the stock recognizer slow; here only a run of digits is ever parsed. A number
written nationally has its trunk 0, or brackets, or a word such as "phone" next to it.
"""

import re
from collections.abc import Iterator

import phonenumbers

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.checksums import digits
from guardrail_gw.detection.rules.context import listed, near
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("PHONE_NUMBER")

_CANDIDATE = re.compile(
    r"(?<![\w.,/+-])(?:\+[ \u00a0]?)?\(?[0-9](?:[ \u00a0./()-]{0,3}[0-9]){6,16}"
    r"(?![\w%])(?![.,/:-][0-9])"
)
_NOT_A_NUMBER = re.compile(
    r"\d{1,4}([./-])\d{1,2}\1\d{1,4}(?:[ T].*)?|\d{1,3}(?:\.\d{1,3}){3}|\d+\.\d+|\d{4} ?- ?\d{4}"
)
"""Dates, IPv4 addresses, decimals, ranges of years."""
_TRUNK_ZERO = (
    "DE",
    "FR",
    "GB",
    "NL",
    "BE",
    "IT",
    "AT",
    "CH",
    "SE",
    "FI",
    "IE",
    "RO",
    "BG",
    "HR",
    "SK",
)
_NO_TRUNK = (
    "ES",
    "PL",
    "PT",
    "CZ",
    "DK",
    "NO",
    "GR",
    "LU",
    "US",
    "HU",
    "EE",
    "LV",
    "LT",
    "MT",
    "CY",
)
_CONTEXT = listed(
    "phone, telephone, tel, mobile, cell, call, fax, whatsapp, sms, telefon, telefonnummer, "
    "handy, mobil, rufnummer, téléphone, telephone, portable, appelez, teléfono, telefono, "
    "móvil, "
    "llame, llámame, telefoon, telefoonnummer, mobiel, bel, telefone, telemóvel, cellulare, "
    "chiama, numer, komórka, zadzwoń, telefonu, puhelin, puh, ring, ligue, τηλέφωνο, телефон, "
    "telefonszám"
)
_SHORTEST, _LONGEST = 7, 15
"""Digits of a number (E.164 allows 15)."""


def find(text: str) -> Iterator[Finding]:
    """Yield numbers: international 0.9; national 0.5 to 0.85 by form and context."""
    for match in _CANDIDATE.finditer(text):
        written, start = match.group(), match.start()
        if written.startswith("(") and ")" not in written:
            written, start = written[1:], start + 1
        end = start + len(written)
        if score := _score(written, is_near=near(text, start, end, _CONTEXT)):
            yield Finding(start=start, end=end, entity=ENTITY, score=score, recognizer="phone")


def _score(written: str, *, is_near: bool) -> float:
    """How likely `written` is a telephone number; 0.0 when no plan has it."""
    number = digits(written)
    if not _SHORTEST <= len(number) <= _LONGEST + 2 or _NOT_A_NUMBER.fullmatch(written):
        return 0.0
    if written.startswith("+") or number[:2] == [0, 0]:
        plus = "+" + "".join(map(str, number)).lstrip("0")
        return 0.9 if _valid(plus, None) else 0.0
    plain = "".join(map(str, number))
    grouped = len(plain) < len(written)
    if number[0] == 0:
        return _national(plain, _TRUNK_ZERO, 0.85 if is_near else 0.6 if grouped else 0.5)
    if is_near:
        return _national(plain, _NO_TRUNK, 0.75)
    return _national(plain, ("US",), 0.6) if written.startswith("(") else 0.0


def _national(number: str, regions: tuple[str, ...], score: float) -> float:
    return score if any(_valid(number, region) for region in regions) else 0.0


def _valid(number: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False


RULE = Rule(
    name="phone",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(digits=7),
    valid=(
        "+49 30 901820",
        "+44 (0)20 7946 0958",
        "0033 1 42 68 53 00",
        "call 030 901820",
        "(212) 736-5000",
        "tel. 600 123 456",
        "06 12 34 56 78",
    ),
    invalid=(
        "2026-03-12",
        "12.03.2026 14:00",
        "192.168.100.200",
        "3.14159265",
        "order 600123456",
        "1234567890123456789",
        "2019-2024",
        "0.0000123456",
    ),
)
