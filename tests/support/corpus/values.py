"""E-mail addresses, telephone numbers, IBANs and cards made up from a seed."""

import string
from collections.abc import Mapping, Sequence
from random import Random
from types import MappingProxyType

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

COUNTRIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "AT": ("de",),
        "BE": ("nl", "fr", "de"),
        "BG": ("bg",),
        "CY": ("el",),
        "CZ": ("cs",),
        "DE": ("de",),
        "DK": ("da",),
        "EE": ("et",),
        "ES": ("es",),
        "FI": ("fi", "sv"),
        "FR": ("fr",),
        "GR": ("el",),
        "HR": ("hr",),
        "HU": ("hu",),
        "IE": ("en", "ga"),
        "IT": ("it",),
        "LT": ("lt",),
        "LU": ("fr", "de"),
        "LV": ("lv",),
        "MT": ("mt", "en"),
        "NL": ("nl",),
        "PL": ("pl",),
        "PT": ("pt",),
        "RO": ("ro",),
        "SE": ("sv",),
        "SI": ("sl",),
        "SK": ("sk",),
    }
)
"""ISO 3166-1 alpha-2 code -> the languages of the Union that are official there."""

_BBAN = MappingProxyType(
    {
        "AT": "n16",
        "BE": "n12",
        "BG": "a4 n6 c8",
        "CY": "n8 c16",
        "CZ": "n20",
        "DE": "n18",
        "DK": "n14",
        "EE": "n16",
        "ES": "n20",
        "FI": "n14",
        "FR": "n10 c11 n2",
        "GR": "n7 c16",
        "HR": "n17",
        "HU": "n24",
        "IE": "a4 n14",
        "IT": "a1 n10 c12",
        "LT": "n16",
        "LU": "n3 c13",
        "LV": "a4 c13",
        "MT": "a4 n5 c18",
        "NL": "a4 n10",
        "PL": "n24",
        "PT": "n21",
        "RO": "a4 c16",
        "SE": "n20",
        "SI": "n15",
        "SK": "n20",
    }
)
"""What follows the check digits: n digits, a letters, c either (IBAN registry, release 99)."""
_ALPHABETS = {
    "n": string.digits,
    "a": string.ascii_uppercase,
    "c": string.digits + string.ascii_uppercase,
}
_CARDS = (("4", 16, (4, 4, 4, 4)), ("52", 16, (4, 4, 4, 4)), ("37", 15, (4, 6, 5)))
_LOCAL = ("anna.novak", "j_silva", "marie-claire", "o'brien", "k.lind+news", "info", "Petra.Kos77")
_DOMAIN = ("example", "posta-primer", "mail.firma", "bücher", "przykład", "uni.example")
_TOP = ("com", "org", "eu", "info", "co.uk")
_KINDS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)


def email(dice: Random, country: str) -> str:
    """An address under the country's domain or a general one."""
    top = dice.choice([country.lower(), country.lower(), *_TOP])
    return f"{dice.choice(_LOCAL)}@{dice.choice(_DOMAIN)}{dice.randrange(100)}.{top}"


def iban(dice: Random, country: str) -> str:
    """An account number, in one piece or in groups of four."""
    bban = "".join(
        dice.choice(_ALPHABETS[part[0]])
        for part in _BBAN[country].split()
        for _ in range(int(part[1:]))
    )
    number = int("".join(str(int(c, 36)) for c in f"{bban}{country}00"))
    whole = f"{country}{98 - number % 97:02d}{bban}"
    groups = [whole[i : i + 4] for i in range(0, len(whole), 4)]
    return dice.choice(["", " ", " ", "\u00a0", "-"]).join(groups)


def card(dice: Random) -> str:
    """A payment card number, in one piece or in groups."""
    prefix, length, groups = dice.choice(_CARDS)
    body = prefix + "".join(dice.choice(string.digits) for _ in range(length - len(prefix) - 1))
    return _grouped(body + _luhn(body), groups, dice.choice(["", " ", " ", "-"]))


def phone_abroad(dice: Random, country: str) -> str:
    """A telephone number with its country code, in one of the usual forms."""
    number = _phone(dice, country)
    written = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    compact = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    forms = [written, written.replace("-", " "), compact, f"00{compact[1:]}", f"00{written[1:]}"]
    return dice.choice(forms)


def phone_at_home(dice: Random, country: str) -> str:
    """A telephone number as it is written within its country."""
    number = _phone(dice, country)
    written = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    compact = "".join(filter(str.isdigit, written))
    hyphens = written if "(" in written else written.replace(" ", "-")
    return dice.choice([written, written, hyphens, compact])


def _phone(dice: Random, country: str) -> PhoneNumber:
    """A valid number: the country's example with other last digits."""
    example = phonenumbers.example_number_for_type(country, dice.choice(_KINDS))
    assert example is not None
    digits = str(example.national_number)
    for _ in range(1000):
        tail = "".join(dice.choice(string.digits) for _ in range(5))
        number = PhoneNumber(
            country_code=example.country_code,
            national_number=int(digits[:-5] + tail),
            italian_leading_zero=example.italian_leading_zero,
        )
        if phonenumbers.is_valid_number_for_region(number, country):
            return number
    raise AssertionError(country)


def _grouped(digits: str, lengths: Sequence[int], separator: str) -> str:
    groups, start = [], 0
    for length in lengths:
        groups.append(digits[start : start + length])
        start += length
    return separator.join(groups)


def _luhn(body: str) -> str:
    """The check digit: every second digit from the right doubled, the sum made to end in 0."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 - place % 2)
        total += doubled - 9 * (doubled > 9)
    return str(-total % 10)
