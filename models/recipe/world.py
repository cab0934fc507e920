"""Names of people from all over the world, each source with the same chance, and names nobody has.

A source is a Faker provider, a country of the popular names, or the census of the USA of 1990 (in
the public domain, as the package `names` holds it). Within a source every name has the same chance,
so that the rare ones are met, too. Names in Cyrillic, Greek, Georgian and Armenian letters are
spelt in Latin ones, letter by letter.
"""

import importlib
import pkgutil
import random
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from faker.providers import person

from models.recipe.slots import FOLDER

_LATIN = re.compile(r"[A-ZÀ-ÞĀ-ɏ'\u2019][A-Za-zÀ-ɏə'\u2019. -]{1,24}")
_KINDS = (("first_names", "first_romanized"), ("last_names", "last_romanized"))
"""Beginnings of the attributes that hold forenames and surnames."""
_FEWEST = 15
"""Names that a source must have of a kind; with fewer it takes those of all others."""
_CENSUS = 6
"""As how many sources the census counts: its people came from everywhere."""
_PAIRS = (FOLDER / "letters.txt").read_text(encoding="utf-8").split()
_SPELT = str.maketrans({pair[0]: pair[1:] for pair in _PAIRS})
"""A letter, and how it is spelt in Latin ones."""
_TYPED = str.maketrans(
    dict(zip("łŁøØđĐıħĦ", "lLoOdDihH", strict=True))
    | {"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ð": "d", "Þ": "Th", "þ": "th"}
    | {"ə": "e", "Ə": "E"}
)
"""Letters with marks that Unicode does not take apart."""


class Letters:
    """Makes names like those of a list, letter by letter: which may follow the three before."""

    _BEFORE = 3
    _SHORTEST, _LONGEST, _TRIES = 3, 13, 20

    def __init__(self, names: Iterable[str]) -> None:
        """Count what follows what in `names`."""
        self._next: dict[str, list[str]] = defaultdict(list)
        for name in names:
            for word in re.findall(r"[^\W\d_]{2,}", name):
                text = "^" * self._BEFORE + word.lower() + "$"
                for at in range(self._BEFORE, len(text)):
                    self._next[text[at - self._BEFORE : at]].append(text[at])

    def draw(self, rng: random.Random) -> str:
        """A name that need not be in the list; nothing if no try has a usual length."""
        made = ("".join(self._letters(rng)) for _ in range(self._TRIES))
        good = (name for name in made if self._SHORTEST <= len(name) <= self._LONGEST)
        return next(good, "").title()

    def _letters(self, rng: random.Random) -> Iterator[str]:
        before = "^" * self._BEFORE
        while (letter := rng.choice(self._next.get(before, ["$"]))) != "$":
            yield letter
            before = before[1:] + letter


@dataclass(frozen=True)
class Names:
    """A list of names, and names like them."""

    listed: Sequence[str]

    @cached_property
    def letters(self) -> Letters:
        """Makes names like the listed ones."""
        return Letters(self.listed)


@dataclass(frozen=True, slots=True)
class People:
    """Forenames and surnames of one source."""

    firsts: Names
    lasts: Names


def typed(name: str) -> str:
    """`name` without the marks on its Latin letters, as most people type it."""
    if not re.match(r"[A-Za-zÀ-ɏ]", name):
        return name
    parts = unicodedata.normalize("NFKD", name)
    return "".join(part for part in parts if not unicodedata.combining(part)).translate(_TYPED)


def world(popular: Iterable[tuple[Sequence[str], Sequence[str]]]) -> list[People]:
    """The people of all sources; `popular` are forenames and surnames by country."""
    return _world(tuple((tuple(firsts), tuple(lasts)) for firsts, lasts in popular))


@cache
def _world(popular: tuple[tuple[Sequence[str], Sequence[str]], ...]) -> list[People]:
    found = [*_providers(), *popular]
    everyone = sorted({name for _, lasts in found for name in lasts})
    people = [
        People(Names(firsts), Names(lasts if len(lasts) >= _FEWEST else everyone))
        for firsts, lasts in found
        if len(firsts) >= _FEWEST
    ]
    return [*people, *[_census()] * _CENSUS]


@cache
def _providers() -> list[tuple[list[str], list[str]]]:
    """Forenames and surnames of each of Faker's providers."""
    return [
        (_attributes(provider, _KINDS[0]), _attributes(provider, _KINDS[1]))
        for module in pkgutil.iter_modules(person.__path__)
        for provider in [importlib.import_module(f"{person.__name__}.{module.name}").Provider]
    ]


def _attributes(provider: object, kinds: tuple[str, ...]) -> list[str]:
    names = {
        name
        for attribute in dir(provider)
        if attribute.startswith(kinds)
        for name in _spelt(getattr(provider, attribute))
    }
    return sorted(names)


def _spelt(values: object) -> Iterator[str]:
    """The names in a list of names, of pairs, or of names with weights, in Latin letters."""
    if isinstance(values, str):
        latin = unicodedata.normalize("NFC", values)
        if not re.match(r"[A-Za-zÀ-ɏ]", latin):
            latin = latin.lower().translate(_SPELT).title()
        if _LATIN.fullmatch(latin):
            yield latin
    elif isinstance(values, list | tuple | dict):
        for value in values:
            yield from _spelt(value)


@cache
def _census() -> People:
    folder = files("names")
    lists = [("dist.female.first", "dist.male.first"), ("dist.all.last",)]
    firsts, lasts = (
        sorted(
            {name for file in some for name in _census_names((folder / file).read_text("ascii"))}
        )
        for some in lists
    )
    return People(Names(firsts), Names(lasts))


def _census_names(text: str) -> Iterator[str]:
    """The names of one file: name, share, sum of shares and rank on every line."""
    for line in text.splitlines():
        name = line.split()[0].title()
        yield re.sub(r"^Mc(?=.{3})(.)", lambda mc: "Mc" + mc.group(1).upper(), name)
