"""Lists of names that rules look words up in.

`models/recipe/lists.py` and `scripts.py` write the files. Sources and licences are in
LICENSES_SOURCES of this folder. A file holds words one behind the other, in the order of their
characters, apart by a blank or, where names have blanks, by a line's end.
"""

from array import array
from collections.abc import Iterable, Iterator, Set as AbstractSet
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
_END: Final = b"\n"
_ROOM: Final = 16
"""Bits for each word, or up to twice as many."""


class Names(AbstractSet[str]):
    """The words of a file, looked up in its bytes: a string for each would take ten times as much.

    A look-up takes most of a microsecond, so it stands behind one that turns most words away.
    """

    __slots__ = ("_count", "_data", "_last", "_places")

    def __init__(self, data: bytes) -> None:
        """Keep words, which are in order, in UTF-8, each with a line's end behind it.

        Raises:
            ValueError: they are not in order.
        """
        if any(word >= after for word, after in pairwise(_words(data))):
            raise ValueError("a list of names is not in order")
        self._data = data
        self._count = data.count(_END)
        self._places = _placed(data, self._count)
        self._last = len(self._places) - 1

    def __contains__(self, word: object) -> bool:
        """Whether it is one of them."""
        if not isinstance(word, str):
            return False
        sought = word.encode(errors="surrogatepass")
        at = hash(sought) & self._last
        while place := self._places[at]:
            if self._data[place - 1 : self._data.index(_END, place - 1)] == sought:
                return True
            at = (at + 1) & self._last
        return False

    def __iter__(self) -> Iterator[str]:
        """Each of them."""
        return map(bytes.decode, _words(self._data))

    def __len__(self) -> int:
        """How many there are."""
        return self._count

    @classmethod
    def _from_iterable(cls, words: Iterable[str]) -> frozenset[str]:  # type: ignore[override] # a plain set
        return frozenset(words)


def _words(data: bytes) -> Iterator[bytes]:
    """Each of them, one at a time: many at once would leave holes in memory that stays."""
    start = 0
    while (end := data.find(_END, start)) >= 0:
        yield data[start:end]
        start = end + 1


def _placed(data: bytes, count: int) -> "array[int]":
    """One more than where each word begins, at the place that its hash says or the next free one.

    Half of the places are free or more, so that a look-up ends soon.
    """
    last = (1 << (2 * count).bit_length()) - 1
    placed = array("I", bytes(4 * (last + 1)))
    start = 1
    for word in _words(data):
        at = hash(word) & last
        while placed[at]:
            at = (at + 1) & last
        placed[at] = start
        start += len(word) + 1
    return placed


class Sieve:
    """Turns away most of what is none of some words: of all else one in thirty or fewer passes.

    A bit for each word, where a set takes a hundred bytes, and nearly as fast.
    """

    __slots__ = ("_bits", "_last")

    def __init__(self, words: Iterable[str], most: int) -> None:
        """Keep a mark of each word, of which there are at most so many."""
        size = 1 << max(3, (most * _ROOM).bit_length())
        self._last = size - 1
        bits = bytearray(size >> 3)
        for word in words:
            at = hash(word) & self._last
            bits[at >> 3] |= 1 << (at & 7)
        self._bits = bytes(bits)

    def __contains__(self, word: str) -> bool:
        """Whether it may be one of them; every one of them passes."""
        at = hash(word) & self._last
        return self._bits[at >> 3] >> (at & 7) & 1 == 1


@cache
def names(file: str) -> Names:
    """The names of a file: `forenames`, `other_forenames`, `surnames`, those of a script."""
    return Names(_read(file).replace(b" ", _END))


@cache
def places() -> Names:
    """Countries, states of the USA and large towns."""
    return Names(_read("places"))


def _read(file: str) -> bytes:
    return (_HERE / f"{file}.txt").read_bytes().rstrip(_END) + _END
