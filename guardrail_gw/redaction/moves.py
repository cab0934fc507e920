"""Where the places of a text went when values were put back in it.

Places are counted as the dialect counts them: in bytes of UTF-8, or in characters.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Moves:
    """The places of one text, as the model wrote it and as it is now."""

    size: Callable[[str], int]
    """How much of the count a text takes: `in_bytes`, or `len`."""
    _was: list[tuple[int, int]] = field(default_factory=list)
    """First byte of each placeholder, and the one behind its last;"""
    _is: list[tuple[int, int]] = field(default_factory=list)
    """those of the value in its place."""
    _read: int = 0
    _written: int = 0

    def keep(self, text: str) -> None:
        """A stretch in which nothing is put back."""
        size = self.size(text)
        self._read += size
        self._written += size

    def put(self, token: str, value: str) -> None:
        """A value in the place of a placeholder."""
        was, now = self._read, self._written
        self._read += self.size(token)
        self._written += self.size(value)
        self._was.append((was, self._read))
        self._is.append((now, self._written))

    def place(self, offset: int, *, is_end: bool) -> int:
        """Where a place is now; one within a placeholder goes to the value's side it belongs to.

        Args:
            offset: in the text as the model wrote it.
            is_end: a stretch ends there, and does not begin.
        """
        at = bisect_right(self._was, (offset, -1)) - 1
        if at < 0:
            return offset
        (_, end), (new_start, new_end) = self._was[at], self._is[at]
        if offset < end:
            return new_end if is_end else new_start
        return offset + new_end - end


def in_bytes(text: str) -> int:
    """As many as it has in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
