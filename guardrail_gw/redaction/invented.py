"""Values that could be real and belong to nobody: one maker per kind of personal data.

Sources: RFC 2606 (example.com, .net, .org); RFC 5737 and RFC 3849 (addresses for documentation);
numbers set aside for films and books: Bundesnetzagentur, Mitteilung 148/2021; Ofcom, telephone
numbers for drama; ARCEP, plan de numérotation, numéros à usage fictif; NANPA, 555-0100 to -0199;
ISO 13616 (IBAN check digits); ISO/IEC 7812-1 (card numbers, digit 9: not a payment network).
The country code +999 is not assigned to anybody (ITU-T E.164). Surnames come from Faker.
"""

import importlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, cast

from guardrail_gw.core.text import Entity

_FIRST: Final = (
    *(
        "Alex",
        "Ariel",
        "Camille",
        "Charlie",
        "Claude",
        "Dominique",
        "Eike",
        "Elia",
        "Finley",
        "Jamie",
    ),
    *("Jona", "Jules", "Kay", "Kim", "Luca", "Maxime", "Mika", "Morgan", "Nikita", "Noa"),
    *("Noor", "Quinn", "Remy", "Robin", "Rowan", "Sam", "Sascha", "Sidney", "Taylor", "Toni"),
)
"""Given names of no one gender."""
_FIRST_CYRILLIC: Final = ("Валя", "Женя", "Саша", "Слава")
_SURNAMES: Final = ("en_GB", "de_DE", "nl_NL", "it_IT", "fr_FR", "es_ES", "da_DK")
_PLAIN_NAME: Final = re.compile(r"[A-Z][a-z]{3,11}")
_PLAIN_CYRILLIC: Final = re.compile("[\u0400-\u04ff]{2,10}\u043a\u043e")
_NOUNS: Final = ("Group", "Holding", "Partners", "Trading", "Works")
_FEW: Final = 8
"""Draws after which a single name is taken from the surnames, which are many."""
_CYRILLIC: Final = re.compile("[\u0400-\u04ff]")
_LATIN: Final = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_LETTER: Final = re.compile(r"[^\W\d_]")
_GERMAN: Final = ("30 23125", "69 90009", "40 66969", "221 4710", "89 99998")
_FRENCH: Final = ("1 99 00", "2 61 91", "3 53 01", "4 65 71", "5 36 49", "6 39 98")
_AMERICAN: Final = ("202", "206", "212", "303", "305", "312", "415", "503", "617", "702")
_NETS: Final = ("192.0.2", "198.51.100", "203.0.113")
_DOMAINS: Final = ("example.com", "example.net", "example.org")
_BANK: Final[Mapping[str, int]] = {
    **dict.fromkeys(("DE", "GB", "IE"), 8),  # GB and IE: four letters and a sort code
    **dict.fromkeys(("FR", "IT", "MC", "SM"), 10),
    **dict.fromkeys(("AT", "CH", "LI", "LU", "BE", "FI", "LT", "SK"), 5),
    **dict.fromkeys(("ES", "PL", "PT", "HU"), 8),
}
"""Characters of bank and branch at the beginning of a national account number."""
_BANK_ELSEWHERE: Final = 4


@dataclass(slots=True)
class Draw:
    """Numbers that follow from a secret seed, as many as a maker asks for."""

    _seed: int = field(repr=False)
    count: int
    """How often values were drawn for this original before."""

    def below(self, bound: int) -> int:
        """A number from 0 to `bound` - 1."""
        self._seed, number = divmod(self._seed, bound)
        return number

    def one(self, choices: Sequence[str]) -> str:
        """One of some texts."""
        return choices[self.below(len(choices))]

    def digits(self, length: int) -> str:
        """So many decimal digits."""
        return str(self.below(10**length)).zfill(length)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that may be used, if nothing speaks against it."""

    text: str = field(repr=False)
    words: tuple[str, ...] = field(default=(), repr=False)
    """Those of its words that must not stand in the request, in small letters."""


Maker = Callable[[Draw, str], Candidate | None]
"""Makes a value like the given one; None when there is nothing like it."""


@lru_cache(maxsize=1)
def surnames() -> tuple[str, ...]:
    """Surnames in plain Latin letters; importing them reads files, so not on the event loop."""
    lists = map(_listed, _SURNAMES)
    plain = {name for names in lists for name in names if _PLAIN_NAME.fullmatch(name)}
    return tuple(sorted(plain - set(_FIRST)))


@lru_cache(maxsize=1)
def _cyrillic() -> tuple[str, ...]:
    """Ukrainian surnames in -ko, which have one form for everybody."""
    return tuple(sorted(n for n in set(_listed("uk_UA")) if _PLAIN_CYRILLIC.fullmatch(n)))


def _listed(locale: str) -> Iterable[str]:
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    return cast("Iterable[str]", provider.last_names)


def _person(draw: Draw, like: str) -> Candidate | None:
    names = _names(_LETTER.findall(like))
    if names is None:
        return None
    first, last = names
    if len(like.split()) > 1:
        name = f"{draw.one(first)} {draw.one(last)}"
    else:
        name = draw.one(first if draw.count < _FEW else last)
    name = name.upper() if like.isupper() and len(like) > 1 else name
    return Candidate(name, tuple(name.lower().split()))


def _names(letters: Sequence[str]) -> tuple[Sequence[str], Sequence[str]] | None:
    """Given names and surnames in the script of some letters."""
    if letters and all(map(_CYRILLIC.match, letters)):
        return _FIRST_CYRILLIC, _cyrillic()
    if letters and all(map(_LATIN.match, letters)):
        return _FIRST, surnames()
    return None


def _organization(draw: Draw, _like: str) -> Candidate:
    name = draw.one(surnames())
    return Candidate(f"{name} {draw.one(_NOUNS)}", (name.lower(),))


def _email(draw: Draw, _like: str) -> Candidate:
    first, last = draw.one(_FIRST).lower(), f"{draw.one(surnames()).lower()}{draw.digits(2)}"
    return Candidate(f"{first}.{last}@{draw.one(_DOMAINS)}", (last,))


def _url(draw: Draw, like: str) -> Candidate:
    scheme = "http" if like.lower().startswith("http:") else "https"
    word = f"{draw.one(surnames()).lower()}{draw.digits(4)}"
    return Candidate(f"{scheme}://{draw.one(_DOMAINS)}/{word}", (word,))


def _phone(draw: Draw, like: str) -> Candidate:
    number = re.sub(r"[^\d+]", "", like)
    country = number.lstrip("+0")[:2] if number.startswith(("+", "00")) else ""
    if country == "49":
        return Candidate(f"+49 {draw.one(_GERMAN)} {draw.digits(3)}")
    if country == "44":
        return Candidate(f"+44 7700 900{draw.digits(3)}")
    if country == "33":
        return Candidate(f"+33 {draw.one(_FRENCH)} {draw.digits(2)} {draw.digits(2)}")
    if country.startswith("1"):
        return Candidate(f"+1 {draw.one(_AMERICAN)} 555 01{draw.digits(2)}")
    return Candidate(f"+999 {draw.digits(2)} {draw.digits(7)}")


def _iban(draw: Draw, like: str) -> Candidate | None:
    plain = "".join(c for c in like if c.isalnum()).upper()
    country, account = plain[:2], plain[4:]
    if not (country.isascii() and country.isalpha() and account.isascii()):
        return None
    bank = _BANK.get(country, _BANK_ELSEWHERE)
    zeros = "".join("0" if c.isdigit() else "X" for c in account[:bank])
    rest = "".join(draw.digits(1) if c.isdigit() else "X" for c in account[bank:])
    check = 98 - int("".join(str(int(c, 36)) for c in f"{zeros}{rest}{country}00")) % 97
    return Candidate(_grouped(f"{country}{check:02}{zeros}{rest}", like))


def _card(draw: Draw, like: str) -> Candidate | None:
    length = sum(c.isdigit() for c in like)
    if length < len("9999") + 1:
        return None
    digits = "9999" + draw.digits(length - 5)
    return Candidate(_grouped(digits + _luhn(digits), like))


def _luhn(digits: str) -> str:
    doubled = (int(c) * 2 if i % 2 == 0 else int(c) for i, c in enumerate(reversed(digits)))
    return str(-sum(n - 9 if n > 9 else n for n in doubled) % 10)  # noqa: PLR2004 - digits' sum


def _address(draw: Draw, like: str) -> Candidate:
    if ":" in like:
        return Candidate(f"2001:db8::{draw.below(0xFFFF) + 1:x}:{draw.below(0xFFFF) + 1:x}")
    return Candidate(f"{draw.one(_NETS)}.{draw.below(254) + 1}")


def _grouped(signs: str, like: str) -> str:
    """The signs with the separators that `like` has between its own."""
    rest = iter(signs)
    return "".join(next(rest, "") if c.isalnum() else c for c in like)


MAKERS: Final[Mapping[Entity, Maker]] = {
    Entity("CREDIT_CARD"): _card,
    Entity("EMAIL_ADDRESS"): _email,
    Entity("IBAN_CODE"): _iban,
    Entity("IP_ADDRESS"): _address,
    Entity("ORGANIZATION"): _organization,
    Entity("PERSON"): _person,
    Entity("PHONE_NUMBER"): _phone,
    Entity("URL"): _url,
}
"""For every other kind a placeholder is used: docs/policy.md says why."""
