"""Where a number may be what a rule looks for, told by the kinds of characters around it.

A text has few numbers, and a dozen rules look at each. Most of them can tell from the two signs
before it, its length and the two signs behind it that it is none of theirs. In an outline of kinds
(`9` for a digit, `a` and `A` for a letter of ASCII) all dates, say, have the same few surroundings,
so that what is to be told of them is looked up, and not matched.
"""

import re
from collections.abc import Iterable
from typing import Self

BEFORE, BEHIND = 4, 4
"""Characters around a number that its surroundings have."""
PAD = 16
"""Borders before a text's kinds."""
MOST = 24
"""Digits of a number whose surroundings are told; of a longer one nothing is ruled out."""
ANY = "?"
"""Stands for what has no kind, so that nothing is ruled out beside it, and for a question mark."""
BORDER = "\0"
"""Stands before the beginning and behind the end of a text."""

_KNOWN = 4_096
"""Surroundings that are remembered."""
_ROW = re.compile(r"(?:9{11,24}(?!9)|[9 ./-]{1,10})..", re.DOTALL)
"""Looking on would tell hardly any forms apart, and of tables most rows would be different."""


_KIND_OF = {"[0-9]": "9", "[a-z]": "a", "[A-Z]": "A", r"[\x00-\x08\x0e-\x1f]": ANY}
"""What all else stands for, in kinds, is itself."""


def _kind(sign: str) -> str:
    return next((kind for some, kind in _KIND_OF.items() if re.match(some, sign)), sign)


_KINDS = "".join(_kind(chr(code)) for code in range(256)).encode("latin-1")


class Spot(dict[str, bool]):
    """Surroundings -> whether a number in them may be what is looked for.

    Args:
        around: matches from the first digit of a number on wherever that may be, in kinds; `a`,
            `A` and `9` stand for all letters and digits of ASCII, in what rules out as well.
    """

    __slots__ = ("pattern",)

    @classmethod
    def either(cls, *spots: "Spot") -> Self:
        """Where a number may be what one of some others looks for."""
        return cls("|".join(f"(?:{spot.pattern.pattern})" for spot in spots))

    def __init__(self, around: str) -> None:
        super().__init__()
        self.pattern = re.compile(around)

    def __missing__(self, around: str) -> bool:
        """Told once: there are few."""
        if len(self) >= _KNOWN:
            self.clear()
        may_be = ANY in around or self.pattern.match(around, BEFORE) is not None
        self[around] = may_be
        return may_be


class Spots(dict[str, int]):
    """Surroundings -> those of some spots, as bits, at which a number in them may stand.

    Args:
        each: spots, each behind its bit.
    """

    __slots__ = ("_each",)

    def __init__(self, each: Iterable[tuple[int, Spot]]) -> None:
        super().__init__()
        self._each = tuple(each)

    def __missing__(self, around: str) -> int:
        """Told once: there are few."""
        if len(self) >= _KNOWN:
            self.clear()
        bits = self[around] = sum(bit for bit, spot in self._each if spot[around])
        return bits


def outlined(text: str, raw: bytes) -> str:
    """The kinds of the characters of a text, with borders around it.

    Args:
        text: any.
        raw: its outline (`outline.py`), where it has one.
    """
    bare = (raw or text.encode("latin-1", "replace")).translate(_KINDS).decode("latin-1")
    return f"{BORDER * PAD}{bare}{BORDER * PAD}"


def surroundings(kinds: str, digits: Iterable[tuple[int, int]]) -> list[tuple[int, str]]:
    """Where the numbers at these places of a text begin, each before its surroundings in kinds."""
    return [
        (start, kinds[PAD - BEFORE + start : PAD + BEHIND + end] if end - start <= MOST else ANY)
        for start, end in digits
    ]


def row(kinds: str, start: int) -> str:
    """What begins with a number: others in a row with it, within a width, and two signs more."""
    found = _ROW.match(kinds, PAD + start)
    return found.group() if found else ANY
