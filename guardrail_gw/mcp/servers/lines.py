"""Bytes of a program's output, cut into lines: one that is too long is left out, not kept."""

from typing import Final

TOO_LONG: Final = b"\n"
"""Instead of a line that is longer than it may be: no line has this in it."""


class Lines:
    """What was read and has no end yet."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._pieces: list[bytes] = []
        self._size = 0
        self._skips = False

    @property
    def skips(self) -> bool:
        """Whether what comes is of a line that is too long, and is not kept."""
        return self._skips

    def feed(self, piece: bytes) -> list[bytes]:
        """The lines that are complete now, without their ends; `TOO_LONG` for one that was."""
        *ends, rest = piece.split(b"\n")
        lines = [line for each in ends if (line := self._ended(each))]
        return lines + self._hold(rest)

    def _ended(self, end: bytes) -> bytes:
        if self._skips:
            self._skips = False
            return b""
        line = b"".join((*self._pieces, end))
        self._pieces.clear()
        self._size = 0
        return TOO_LONG if len(line) > self._most else line.rstrip(b"\r")

    def _hold(self, rest: bytes) -> list[bytes]:
        """Keep the beginning of a line; one that is too long already is told at once."""
        if self._skips:
            return []
        self._pieces.append(rest)
        self._size += len(rest)
        if self._size <= self._most:
            return []
        self._pieces.clear()
        self._size, self._skips = 0, True
        return [TOO_LONG]
