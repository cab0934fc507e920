"""Lists of names that rules look words up in.

`models/recipe/lists.py` and `scripts.py` write the files. Sources and licences are in
LICENSES_SOURCES of this folder. A file holds words one behind the other, in the order of their
characters, apart by a blank or, where names have blanks, by a line's end.
"""

import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence, Set as AbstractSet
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Final

_END: Final = b"\n"


class Names(AbstractSet[str]):
    """The words of a file, looked up in its bytes: a string for each would take ten times as much.

    A look-up takes microseconds, so it stands behind one that turns most words away.
    """

    __slots__ = ("_data", "_starts")

    def __init__(self, words: Sequence[bytes]) -> None:
        """Keep words, which are in order, in UTF-8.

        Raises:
            ValueError: they are not in order.
        """
        if any(word >= after for word, after in pairwise(words)):
            raise ValueError("a list of names is not in order")
        self._data = b"".join(word + _END for word in words)
        self._starts = array("I", _starts(words))

    def __contains__(self, word: object) -> bool:
        """Whether it is one of them."""
        if not isinstance(word, str):
            return False
        sought = word.encode(errors="surrogatepass")
        at = bisect_left(self._starts, sought, key=self._at)
        return at < len(self._starts) and self._at(self._starts[at]) == sought

    def __iter__(self) -> Iterator[str]:
        """Each of them."""
        return (self._at(start).decode() for start in self._starts)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._starts)

    @classmethod
    def _from_iterable(cls, words: Iterable[str]) -> frozenset[str]:  # type: ignore[override] # a plain set
        return frozenset(words)

    def _at(self, start: int) -> bytes:
        return self._data[start : self._data.index(_END, start)]


def _starts(words: Iterable[bytes]) -> Iterator[int]:
    start = 0
    for word in words:
        yield start
        start += len(word) + 1


@cache
def names(file: str) -> Names:
    """The names of a file: `forenames`, `other_forenames`, `surnames`, those of a script."""
    return Names(_read(file).split())


@cache
def places() -> Names:
    """Countries, states of the USA and large towns."""
    return Names(_read("places").splitlines())


def tight(words: Iterable[str]) -> frozenset[str]:
    """The words as a set that has as little room left as it can have.

    One that has grown has room for up to four times as many, its copy for up to twice as many; and
    each process that runs rules has its own.
    """
    grown = frozenset(words)
    return min(grown, frozenset(set(grown)), key=sys.getsizeof)


def _read(file: str) -> bytes:
    return files(__name__).joinpath(f"{file}.txt").read_bytes()
