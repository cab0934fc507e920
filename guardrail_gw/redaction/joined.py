"""Many texts looked through as one: a search costs a call, and a request has hundreds of texts."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

BORDER: Final = "\0"
"""Between texts: part of no word, no white space, no separator, and of nothing that we issue.

It may stand in a text all the same; the places of texts do not depend on it.
"""


class Joined:
    """Texts behind one another, with the way back to each.

    Args:
        texts: any number.
    """

    __slots__ = ("_begins", "text")

    def __init__(self, texts: Sequence[str]) -> None:
        self.text = BORDER.join(texts)
        self._begins = [0, *accumulate(len(text) + 1 for text in texts)]

    def place(self, at: int) -> tuple[int, int]:
        """The index of the text in which a place of the whole lies, and where in it."""
        index = bisect_right(self._begins, at) - 1
        return index, at - self._begins[index]
