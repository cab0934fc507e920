"""Lists of names that rules look words up in.

`models/recipe/lists.py` and `scripts.py` write the files. Sources and licences are in
LICENSES_SOURCES of this folder. A file holds words one behind the other, apart by a blank or, where
names have blanks, by a line's end.
"""

import sys
from collections.abc import Iterable
from functools import cache
from importlib.resources import files


@cache
def names(file: str) -> frozenset[str]:
    """The names of a file: `forenames`, `other_forenames`, `surnames`, those of a script."""
    return tight(_read(file).split())


@cache
def places() -> frozenset[str]:
    """Countries, states of the USA and large towns."""
    return tight(_read("places").splitlines())


def tight(words: Iterable[str]) -> frozenset[str]:
    """The words as a set that has as little room left as it can have.

    One that has grown has room for up to four times as many, its copy for up to twice as many; and
    each process that runs rules has its own.
    """
    grown = frozenset(words)
    return min(grown, frozenset(set(grown)), key=sys.getsizeof)


def _read(file: str) -> str:
    return files(__name__).joinpath(f"{file}.txt").read_text(encoding="utf-8")
