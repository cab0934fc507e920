"""Lists of names that rules look words up in.

`models/recipe/lists.py` and `scripts.py` write the files. Sources and licences are in
LICENSES_SOURCES of this folder. A file holds words one behind the other, apart by a blank or, where
names have blanks, by a line's end.
"""

from functools import cache
from importlib.resources import files


@cache
def names(file: str) -> frozenset[str]:
    """The names of a file: `forenames`, `other_forenames`, `surnames`, those of a script."""
    return frozenset(_read(file).split())


@cache
def places() -> frozenset[str]:
    """Countries, states of the USA and large towns."""
    return frozenset(_read("places").splitlines())


def _read(file: str) -> str:
    return files(__name__).joinpath(f"{file}.txt").read_text(encoding="utf-8")
