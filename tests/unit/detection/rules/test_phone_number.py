"""Telephone numbers of every EU, EEA, British and Swiss plan, in every form people write."""

from collections.abc import Iterator

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from guardrail_gw.detection.rules.phone_number import find
from guardrail_gw.detection.rules.phone_plans import REGIONS

WORDS = {
    "AT": "Telefon", "BE": "gsm", "BG": "телефон", "CH": "Natel", "CY": "κινητό", "CZ": "telefon",
    "DE": "Telefon", "DK": "tlf", "EE": "telefon", "ES": "teléfono", "FI": "puhelin",
    "FR": "téléphone", "GB": "phone", "GR": "τηλέφωνο", "HR": "mobitel", "HU": "telefonszám",
    "IE": "phone", "IS": "sími", "IT": "telefono", "LI": "Telefon", "LT": "telefonas",
    "LU": "téléphone", "LV": "tālrunis", "MT": "mobile", "NL": "telefoon", "NO": "tlf",
    "PL": "telefonu", "PT": "telemóvel", "RO": "telefon", "SE": "telefon",
    "SI": "telefonska številka", "SK": "telefónne číslo",
}  # fmt: skip
KINDS = (
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.PERSONAL_NUMBER,
    PhoneNumberType.VOIP,
    PhoneNumberType.UAN,
)
SHORTEST = 7


def examples(region: str) -> Iterator[phonenumbers.PhoneNumber]:
    """The plan's own example of each kind of number."""
    for kind in KINDS:
        number = phonenumbers.example_number_for_type(region, kind)
        if number and len(phonenumbers.national_significant_number(number)) >= SHORTEST:
            yield number


def forms(region: str, number: phonenumbers.PhoneNumber) -> Iterator[tuple[str, float]]:
    """The ways to write it, and the score each must have."""
    inter, national, uri = (
        phonenumbers.format_number(number, form)
        for form in (
            PhoneNumberFormat.INTERNATIONAL,
            PhoneNumberFormat.NATIONAL,
            PhoneNumberFormat.RFC3966,
        )
    )
    word, plain = WORDS[region], phonenumbers.national_significant_number(number)
    yield phonenumbers.format_number(number, PhoneNumberFormat.E164), 0.9
    yield inter, 0.9
    yield uri, 0.9
    yield inter.replace("+", "00"), 0.9
    yield f"+{number.country_code} (0){plain}", 0.6
    yield f"{inter} ext. 123", 0.9
    yield f"{word}: {national}", 0.75
    yield f"{word} {''.join(filter(str.isdigit, national))}", 0.75
    yield f"{word} {national.replace(' ', '.')}", 0.75
    yield f"{word} {national.replace(' ', '/', 1)}", 0.75
    yield national, 0.4


@pytest.mark.parametrize("region", sorted(WORDS))
def test_every_form_of_every_kind_is_found(region: str) -> None:
    """The plan's examples are found whole, in each form, at the score the form deserves."""
    written = [form for number in examples(region) for form in forms(region, number)]

    missed = [text for text, score in written if not _whole(text, score)]

    assert len(written) > 20
    assert missed == []


def test_all_plans_but_the_american_are_tried() -> None:
    """The regions of this test are those whose plans the rule knows."""
    assert {*WORDS, "US"} == set(REGIONS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("030 901820 / 0171 1234567", ["030 901820", "0171 1234567"]),
        ("(123)456-7890x123", ["(123)456-7890x123"]),
        ("+49 30 901820 Durchwahl 33.", ["+49 30 901820 Durchwahl 33"]),
        ("(call 030 901820)", ["030 901820"]),
        ("Bahn 12.03.2026 14:00", []),
        ("rates 0.97 / 0.97 / 0.97", []),
    ],
)
def test_a_finding_is_the_number_and_its_extension(text: str, found: list[str]) -> None:
    """Two numbers are two findings; an extension belongs to its number; dates are none."""
    assert [text[f.start : f.end] for f in find(text)] == found


def _whole(text: str, score: float) -> bool:
    """Whether one finding covers all digits of `text`, at `score` or better."""
    digits = "".join(filter(str.isdigit, text))
    return any(
        "".join(filter(str.isdigit, text[f.start : f.end])) == digits and f.score >= score
        for f in find(text)
    )
