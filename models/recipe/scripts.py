"""Write the lists of names in other scripts: `python -m models.recipe.scripts`.

Forenames (and, where they are a closed set, surnames) come from Faker's providers and from the
popular names by country. A name in a script without capitals says little by itself, so the rules
ask for more beside it; only names that are short or function words are left out here.
"""

import argparse
import csv
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

from models.recipe.lists import write
from models.recipe.prepare import SHARED

_SCRIPTS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "cyrillic": (
        r"[\u0400-\u04ff]{4,}",
        ("ru_RU", "uk_UA", "bg_BG", "mk_MK"),
        ("RU", "BG", "MK", "RS", "ME", "KZ", "KG"),
    ),
    "greek": (r"[\u0386-\u03ce]{4,}", ("el_GR",), ("GR", "CY")),
    "arabic": (r"[\u0620-\u064a\u066e-\u06d3]{3,}", ("ar_AA", "ar_DZ", "fa_IR"), ("AE",)),
    "korean": (r"[\uac00-\ud7a3]{2}", ("ko_KR",), ("KR",)),
    "chinese": (r"[\u4e00-\u9fff]{1,2}", ("zh_CN", "zh_TW"), ("CN", "TW")),
    "japanese": (r"[\u3040-\u30ff\u4e00-\u9fff]{2,4}", ("ja_JP",), ("JP",)),
}
"""File -> what a name is written with, Faker's locales, countries of the popular names."""
_WITH_SURNAMES = frozenset(("arabic", "korean", "chinese", "japanese"))
_ONE_SYLLABLE = {"korean": r"[\uac00-\ud7a3]{1,2}", "chinese": r"[\u4e00-\u9fff]{1,2}"}
_FUNCTION_WORDS = frozenset("和从有那时向能关安平后都就来还以可从此冷利别力勾古司后国地堂")
"""In lists of Chinese surnames, and mostly something else."""


def _provided(locales: tuple[str, ...], kind: str) -> Iterator[str]:
    for locale in locales:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        for attribute in (kind, f"{kind}_male", f"{kind}_female"):
            yield from _words(getattr(provider, attribute, ()))


def _words(values: object) -> Iterator[str]:
    if isinstance(values, str):
        yield values
    elif isinstance(values, list | tuple | dict):
        for value in values:
            yield from _words(value)


def _popular(path: Path, countries: tuple[str, ...]) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["Country"] in countries:
                yield row["Localized Name"]


def main() -> None:
    """Read the command line, collect, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED)
    folder = parser.parse_args().shared / "data" / "pii" / "names"
    for name, (shape, locales, countries) in _SCRIPTS.items():
        popular = _popular(folder / "common-forenames-by-country.csv", countries)
        given = {*_provided(locales, "first_names"), *popular}
        write(name, {word for word in given if re.fullmatch(shape, word)})
        if name in _WITH_SURNAMES:
            common = _popular(folder / "common-surnames-by-country.csv", countries)
            surnames = {*_provided(locales, "last_names"), *common}
            written = _ONE_SYLLABLE.get(name, shape)
            write(
                f"{name}_surnames",
                {word for word in surnames - _FUNCTION_WORDS if re.fullmatch(written, word)},
            )


if __name__ == "__main__":
    main()
