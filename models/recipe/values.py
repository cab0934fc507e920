"""The values that fill the slots: names, places, companies, dates and numbers of one language.

Names and streets are drawn from Faker locales and from the popular-names lists (CC0); cities and
companies also from templates/words.txt. Everything is drawn from a seeded generator.
"""

import csv
import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from faker import Faker

from models.recipe.slots import Sections, fill, read_sections

LOCALES = {
    "en": ("en_US", "en_GB", "en_IN", "en_NG", "en_PK"),
    "de": ("de_DE", "de_AT", "de_CH"),
    "fr": ("fr_FR", "fr_BE", "fr_CH"),
    "es": ("es_ES", "es_MX", "es_CO", "es_CL"),
    "nl": ("nl_NL", "nl_BE"),
    "it": ("it_IT",),
    "pt": ("pt_PT", "pt_BR"),
    "ro": ("ro_RO",),
    "cs": ("cs_CZ",),
    "pl": ("pl_PL",),
    "sk": ("sk_SK",),
    "sv": ("sv_SE",),
    "da": ("da_DK",),
    "fi": ("fi_FI",),
    "hu": ("hu_HU",),
    "hr": ("hr_HR",),
    "sl": ("sl_SI",),
    "lt": ("lt_LT",),
    "lv": ("lv_LV",),
    "et": ("et_EE",),
}
"""Faker locales by language; a language is generated when it has a template file."""

FOREIGN = ("tr_TR", "id_ID", "fil_PH", "vi_VN", "sq_AL", "bs_BA", "ga_IE", "no_NO", "az_AZ")
"""Locales that give names in Latin letters, mixed into every language."""

_POOL_SIZE = 1500
_CITY_KINDS = ("city", "realcity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Values of one locale."""

    firsts: list[str]
    lasts: list[str]
    cities: list[str]
    countries: list[str]
    streets: list[str]
    postcodes: list[str]
    phones: list[str]


def _draw(faker: Faker, method: str, size: int) -> list[str]:
    """Draw `size` values; an empty list when the locale lacks the method."""
    call: Callable[[], str] | None = getattr(faker, method, None)
    return sorted({call() for _ in range(size)}) if call else []


@cache
def pool(locale: str, seed: int) -> Pool:
    """The values of one Faker locale, drawn once."""
    faker = Faker(locale)
    faker.seed_instance(seed)
    return Pool(
        firsts=_draw(faker, "first_name", _POOL_SIZE),
        lasts=_draw(faker, "last_name", _POOL_SIZE),
        cities=_draw(faker, "city", 400),
        countries=_draw(faker, "country", 200),
        streets=_draw(faker, "street_address", _POOL_SIZE),
        postcodes=_draw(faker, "postcode", 400),
        phones=_draw(faker, "phone_number", 400),
    )


@dataclass(frozen=True, slots=True)
class NameList:
    """Popular names of the world in Latin letters: forenames and surnames."""

    firsts: list[str]
    lasts: list[str]


def read_names(folder: Path) -> NameList:
    """Read the popular-names CSV files in `folder`."""
    return NameList(
        _column(folder / "common-forenames-by-country.csv"),
        _column(folder / "common-surnames-by-country.csv"),
    )


def _column(path: Path) -> list[str]:
    """The distinct names of a popular-names file, localised and romanised, Latin letters only."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    names = {row[key] for row in rows for key in ("Localized Name", "Romanized Name")}
    return sorted(name for name in names if re.fullmatch(r"[A-Za-zÀ-ɏ' -]{2,25}", name or ""))


class Values:
    """Gives a value for a slot, in one language."""

    def __init__(self, lang: str, sections: Sections, names: NameList, rng: random.Random) -> None:
        """Prepare the pools of `lang`; `rng` decides every draw."""
        self._rng = rng
        self._sections = sections
        self._names = names
        self._words = read_sections("words")
        self._pools = [pool(locale, 7) for locale in LOCALES[lang]]
        self._foreign = [pool(locale, 7) for locale in FOREIGN] + [
            pool(locales[0], 7) for locales in LOCALES.values()
        ]

    def __call__(self, kind: str) -> str:
        """A value for the slot `kind`."""
        made = getattr(self, f"_{kind}", None)
        if made is not None:
            return str(made())
        if kind in self._sections:
            return self.filled(self._rng.choice(self._sections[kind]))
        return self._rng.choice(self._words[kind])

    def filled(self, template: str) -> str:
        """`template` with its slots filled, as plain text."""
        return fill(template, self).text

    def _chance(self, share: float) -> bool:
        """True in this share of the calls."""
        return self._rng.random() < share

    def _pool(self) -> Pool:
        """The language's own pool mostly, one of any other language at times."""
        own = self._chance(0.7)
        return self._rng.choice(self._pools if own else self._foreign)

    def _pick(self, *choices: Iterable[str]) -> str:
        """One value of the first list that is not empty."""
        return next(self._rng.choice(list(some)) for some in choices if some)

    def _first(self) -> str:
        if self._chance(0.2):
            return self._rng.choice(self._names.firsts)
        return self._rng.choice(self._pool().firsts)

    def _last(self) -> str:
        if self._chance(0.2):
            return self._rng.choice(self._names.lasts)
        return self._rng.choice(self._pool().lasts)

    def _person(self) -> str:
        source = self._pool()
        first, last = self._rng.choice(source.firsts), self._rng.choice(source.lasts)
        if self._chance(0.15):
            first, last = self._first(), self._last()
        forms = {
            f"{first} {last}": 74,
            f"{first} {self._first()} {last}": 5,
            f"{first} {first[0]}. {last}": 4,
            f"{first[0]}. {last}": 4,
            f"{first} {last}-{self._last()}": 3,
            f"{first} {last} {self._last()}": 3,
            f"{first} {last}".upper(): 3,
            f"{first} {last}".lower(): 2,
            f"{last} {first}": 2,
        }
        return self._rng.choices(list(forms), list(forms.values()))[0]

    def _city(self) -> str:
        if self._chance(0.65):
            return self._rng.choice(self._words["city"])
        return self._pick(self._rng.choice(self._pools).cities)

    def _realcity(self) -> str:
        return self._rng.choice(self._words["city"])

    def _country(self) -> str:
        own = self._sections.get("country", [])
        if self._chance(0.6) and own:
            return self._rng.choice(own)
        lists = self._pools[0].countries, self._words["country"]
        return self._pick(*(lists if self._chance(0.8) else lists[::-1]))

    def _org(self) -> str:
        if self._chance(0.35):
            return self._rng.choice(self._words["org"])
        return self.filled(self._rng.choice(self._sections["org"]))

    def _brand(self) -> str:
        """An invented company name: two syllables, written in one of several ways."""
        head, tail = (self._rng.choice(self._words[k]) for k in ("syllable", "ending"))
        joined = f"{head}{tail}"
        forms = (joined.title(), joined.title(), head.title() + tail.title(), joined)
        return self._rng.choice(forms)

    def _heading(self) -> str:
        """One to four capitalised words that name nobody."""
        count = self._rng.choice([1, 2, 2, 3, 4])
        words = [self._rng.choice(self._words["titleword"]) for _ in range(count)]
        return self._rng.choice([" ", " ", " ", " and ", " & "]).join(words)

    def _Title(self) -> str:  # noqa: N802 - named like the placeholder it fills
        return self._rng.choice(self._words["titleword"])

    def _street(self) -> str:
        own = self._chance(0.75)
        source = self._rng.choice(self._pools if own else self._foreign)
        lines = [street.split("\n")[0] for street in self._rng.choices(source.streets, k=5)]
        return next((line for line in lines if re.search(r"[^\W\d]{3}", line)), "12 High Street")

    def _postcode(self) -> str:
        return self._pick(self._rng.choice(self._pools).postcodes, ["10115"])

    def _phone(self) -> str:
        return self._pick(self._rng.choice(self._pools).phones)

    def _email(self) -> str:
        first, last = self._first().lower(), self._last().lower()
        name = re.sub(r"[^a-z.]", "", self._rng.choice([f"{first}.{last}", f"{first[0]}{last}"]))
        host = self._rng.choice(["gmail.com", "example.org", "web.de", "orange.fr", "firma.eu"])
        return f"{name or 'info'}@{host}"

    def _iban(self) -> str:
        country = self._rng.choice(["DE", "FR", "ES", "NL", "IT", "RO", "PL", "GB", "AT"])
        digits = "".join(self._rng.choices("0123456789", k=self._rng.randint(16, 24)))
        grouped = " ".join(digits[i : i + 4] for i in range(2, len(digits), 4))
        return f"{country}{digits[:2]} {grouped}" if digits[0] > "4" else country + digits

    def _id(self) -> str:
        head = self._rng.choice(["", "", "INV-", "#", "CASE-", "KD", "A", "TCK-", "RE-2024-"])
        return head + "".join(self._rng.choices("0123456789", k=self._rng.randint(4, 11)))

    def _amount(self) -> str:
        number = self._rng.choice(["49,90", "1.200", "3500", "12,50", "250", "45 000", "1,099.99"])
        return self._rng.choice([f"{number} €", f"€{number}", f"{number} EUR", f"${number}"])

    def _int(self) -> str:
        return str(self._rng.choice([0, 1, 2, 3, 5, 8, 10, 42, 64, 80, 100, 200, 404, 443, 8080]))

    def _d(self) -> str:
        return str(self._rng.randint(1, 28))

    def _dd(self) -> str:
        return f"{self._rng.randint(1, 28):02}"

    def _m(self) -> str:
        return str(self._rng.randint(1, 12))

    def _mm(self) -> str:
        return f"{self._rng.randint(1, 12):02}"

    def _yyyy(self) -> str:
        return str(self._rng.randint(1938, 2027))

    def _year(self) -> str:
        return self._yyyy()

    def _h(self) -> str:
        return str(self._rng.randint(6, 23))

    def _h12(self) -> str:
        return str(self._rng.randint(1, 12))

    def _min(self) -> str:
        return f"{self._rng.choice(range(0, 60, 5)):02}"

    def _ident(self) -> str:
        words = [self._rng.choice(self._words["ident"]) for _ in range(self._rng.randint(1, 2))]
        return self._rng.choice(["_", "-", "."]).join(words)

    def _Ident(self) -> str:  # noqa: N802 - named like the placeholder it fills
        words = [self._rng.choice(self._words["ident"]) for _ in range(self._rng.randint(1, 2))]
        return "".join(word[:1].upper() + word[1:] for word in words)

    def _IDENT(self) -> str:  # noqa: N802 - named like the placeholder it fills
        return self._rng.choice(self._words["ident"]).upper()
