"""Lists of names, streets and companies to draw from: Faker locales, popular names, gold spans."""

import csv
import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from faker import Faker

LOCALES = {
    "en": ("en_US", "en_US", "en_US", "en_GB", "en_GB", "en_IN", "en_NG", "en_PK", "en_KE"),
    "de": ("de_DE", "de_DE", "de_AT", "de_CH"),
    "fr": ("fr_FR", "fr_FR", "fr_BE", "fr_CH", "fr_CA", "fr_DZ"),
    "es": ("es_ES", "es_ES", "es_MX", "es_CO", "es_CL", "es_AR"),
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
    "el": ("el_GR", "el_CY"),
    "bg": ("bg_BG",),
    "mt": ("mt_MT", "it_IT"),
    "ga": ("ga_IE", "en_IE"),
}
"""Faker locales by language; a language is generated when it has a template file."""

FOREIGN = (
    *("tr_TR", "id_ID", "fil_PH", "vi_VN", "sq_AL", "bs_BA", "ga_IE", "no_NO", "az_AZ", "is_IS"),
    *("en_IN", "en_NG", "en_PK", "en_TH", "yo_NG", "ig_NG", "ha_NG", "zu_ZA", "tw_GH", "sw"),
    *("lb_LU", "fr_DZ", "es_VE", "uz_UZ", "en_KE", "en_GB", "en_US", "es_MX", "pt_BR", "de_AT"),
)
"""Locales that give names in Latin letters, mixed into every language."""

OTHER_SCRIPTS = ("ru_RU", "uk_UA", "bg_BG", "el_GR", "mk_MK")
"""Locales with Cyrillic or Greek names, now and then in any language."""

_POOL_SIZE = 3000
_REAL = ("wikigold", "gum", "wnut17", "btc", "re3d")
"""English corpora whose marked names are drawn as values: well-known ones are among them."""
_EDITED = ("wikigold", "gum", "re3d", "sec-filings")
"""English corpora whose spelling is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Values of one locale."""

    firsts: list[str]
    lasts: list[str]
    cities: list[str]
    countries: list[str]
    states: list[str]
    streets: list[str]
    units: list[str]
    postcodes: list[str]
    phones: list[str]
    companies: list[str]
    jobs: list[str]


def _draw(faker: Faker, size: int, *methods: str) -> list[str]:
    """Draw `size` values of each method that the locale has."""
    calls: list[Callable[[], object]] = [getattr(faker, m) for m in methods if hasattr(faker, m)]
    drawn = {value for call in calls for value in (call() for _ in range(size))}
    return sorted(value for value in drawn if isinstance(value, str))


@cache
def pool(locale: str) -> Pool:
    """The values of one Faker locale, drawn once."""
    faker = Faker(locale)
    faker.seed_instance(7)
    return Pool(
        firsts=_draw(faker, _POOL_SIZE, "first_name"),
        lasts=_draw(faker, _POOL_SIZE, "last_name"),
        cities=_draw(faker, 400, "city"),
        countries=_draw(faker, 300, "country"),
        states=_draw(faker, 150, "state", "region", "administrative_unit", "county", "province"),
        streets=_draw(faker, _POOL_SIZE, "street_address"),
        units=_draw(faker, 200, "secondary_address"),
        postcodes=_draw(faker, 400, "postcode"),
        phones=_draw(faker, 400, "phone_number"),
        companies=_draw(faker, _POOL_SIZE, "company"),
        jobs=_draw(faker, 400, "job"),
    )


@cache
def prose() -> tuple[list[str], list[str]]:
    """Everyday English words, and slogans that name nobody."""
    faker = Faker("en_US")
    faker.seed_instance(7)
    words = sorted({word for word in faker.words(6000) if len(word) > 1})
    return words, _draw(faker, 1500, "catch_phrase", "bs")


@dataclass(frozen=True, slots=True)
class Lists:
    """Popular names by country (forenames, surnames), and what the gold texts have."""

    popular: list[tuple[list[str], list[str]]]
    real: dict[str, list[str]]
    """Names that they mark, by label."""
    everyday: list[str] = field(default_factory=list)
    """English words that they write in small letters."""


def read_lists(pii: Path) -> Lists:
    """Read the popular-names files and the names marked in the gold training files of `pii`."""
    firsts = columns(pii / "names" / "common-forenames-by-country.csv")
    lasts = columns(pii / "names" / "common-surnames-by-country.csv")
    everyone = sorted({name for names in lasts.values() for name in names})
    popular = [(names, lasts.get(country) or everyone) for country, names in firsts.items()]
    return Lists(popular, _marked(pii / "train"), _everyday(pii / "train"))


def columns(path: Path) -> dict[str, list[str]]:
    """The distinct names by country, localised and romanised, Latin letters only."""
    names: dict[str, set[str]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            for name in (row["Localized Name"], row["Romanized Name"]):
                if re.fullmatch(r"[A-Za-zÀ-ɏ' -]{2,25}", name or ""):
                    names.setdefault(row["Country"], set()).add(name)
    return {country: sorted(some) for country, some in sorted(names.items())}


def _marked(train: Path) -> dict[str, list[str]]:
    """The distinct capitalised names that the English gold files mark, by label."""
    real: dict[str, set[str]] = {}
    for source in _REAL:
        for label, name in _names(train / f"{source}.en.jsonl.gz"):
            if re.fullmatch(r"[A-ZÀ-Þ][\w.'& -]{2,39}", name):
                real.setdefault(label, set()).add(name)
    return {label: sorted(names) for label, names in real.items()}


def _names(path: Path) -> Iterator[tuple[str, str]]:
    for document in _documents(path):
        for span in document["spans"]:
            yield span["label"], document["text"][span["start"] : span["end"]]


def _everyday(train: Path) -> list[str]:
    """The words of edited English text that are written in small letters more than once."""
    counted = Counter(
        word
        for source in _EDITED
        for document in _documents(train / f"{source}.en.jsonl.gz")
        for word in re.findall(r"(?<![\w@#/.'-])[a-z]{3,13}(?![\w@/'-])", document["text"])
    )
    return sorted(word for word, count in counted.items() if count > 1)


def _documents(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
