"""Vehicle identification numbers: 17 letters and digits, the ninth a check digit in most of them.

Source: ISO 3779:2009 (shape), 49 CFR 565.15 (check digit, transliteration). One random string in
eleven passes the check, and European makers need not have one, so a word beside it must help.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.checksums import weighted
from guardrail_gw.detection.rules.context import listed, near
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("VEHICLE_ID")

_NUMBER = re.compile(r"(?<![\w-])[A-HJ-NPR-Z0-9]{11}[A-Z0-9]{2}[0-9]{4}(?![\w-])", re.IGNORECASE)
_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_CHECK = "0123456789X"
_CONTEXT = listed(
    "vin, vehicle identification, chassis, fahrgestellnummer, fahrzeug, "
    "identifizierungsnummer, fin, châssis, telaio, bastidor, chassisnummer, chassi, podwozia, "
    "alvázszám, šasije, seria sasiu, шаси, πλαισίου"
)


def find(text: str) -> Iterator[Finding]:
    """Yield numbers: 0.85 with check digit and context, 0.7 with context, 0.35 with check digit."""
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        score = _score(match.group().upper(), is_near=near(text, start, end, _CONTEXT))
        if score:
            yield Finding(start=start, end=end, entity=ENTITY, score=score, recognizer="vin")


def _score(number: str, *, is_near: bool) -> float:
    if number.isdigit() or not set("IOQ").isdisjoint(number):
        return 0.0
    values = [int(_VALUES.get(character, character)) for character in number]
    checked = _CHECK[weighted(values, _WEIGHTS) % 11] == number[8]
    if is_near:
        return 0.85 if checked else 0.7
    return 0.35 if checked else 0.0


RULE = Rule(
    name="vin",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(digits=4, unbroken=17),
    chance=0.09,
    valid=("1HGCM82633A004352", "VIN WVWZZZ1JZXW000001", "Fahrgestellnummer: WDB9066331S123456"),
    invalid=(
        "1HGCM82643A004352",
        "WVWZZZ1JZXW000001",
        "12345678901234567",
        "VIN 1HGCM82633A00435",
        "VIN IHGCM82633AOO4352",
    ),
)
