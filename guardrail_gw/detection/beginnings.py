"""Which forms of identifiers can begin at a place, told by how it begins, in kinds.

There are some seventy forms with a number in them; of what begins with eight digits and a blank,
say, only a few are left. How many digits or letters a place begins with is looked up with the forms
that are left for it, so that the others are not tried.
"""

import re
from collections.abc import Sequence

from guardrail_gw.detection.elements import Branch, branches, elements
from guardrail_gw.detection.rules.spot import ANY

_KNOWN, _LONGEST = 2_048, 32
"""Beginnings that are remembered, and the length from which on nothing is ruled out."""
_BY_KIND = (("9", re.compile("[0-9]")), ("aA", re.compile("[A-Za-z]")))
_SIGNS = {"#": "9", "@": "aA", "~": "9aA", "_": r" ./\-"}
"""What a shape's signs stand for (`national.identifier`), in kinds."""


class Beginnings(dict[str, tuple[int, ...]]):
    """How a place begins, in kinds -> which of some shapes may stand there, by number, in order.

    Args:
        shapes: as `national.identifier` describes them.
    """

    def __init__(self, shapes: Sequence[str]) -> None:
        super().__init__()
        self._all = tuple(range(len(shapes)))
        self._each = [re.compile(_beginning(shape)) for shape in shapes]

    def __missing__(self, begins: str) -> tuple[int, ...]:
        """Told once: there are few."""
        if len(begins) > _LONGEST:
            return self._all
        if len(self) >= _KNOWN:
            self.clear()
        may_be = tuple(number for number in self._all if self._each[number].match(begins))
        self[begins] = may_be
        return may_be


def _beginning(shape: str) -> str:
    """What matches each beginning of what has a shape, in kinds, and what goes on behind it."""
    return "|".join(dict.fromkeys(map(_straight, branches(shape))))


def _straight(branch: Branch) -> str:
    """The same for a shape without groups."""
    pattern = r"(?!\w)" if branch.ends else ""
    for sign, least, most in reversed(elements(branch.shape)):
        one = f"[{_kinds(sign)}{ANY}]"
        for number in range(most):
            pattern = rf"{one}{'?' * (number < most - least)}(?:\Z|{pattern})"
    return pattern


def _kinds(sign: str) -> str:
    """What a sign of a shape may be, in kinds, as it stands in a class."""
    if sign in _SIGNS:
        return _SIGNS[sign]
    inner = sign.removeprefix("[").removesuffix("]").removeprefix("\\")
    kinds = "".join(kind for kind, letters in _BY_KIND if letters.search(inner))
    return kinds + re.escape("".join(c for c in inner if not (c.isascii() and c.isalnum())))
