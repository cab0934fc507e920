"""Where an answer goes on that broke off, and what of the next one was said before.

Whoever goes on with a text may say some of it again, and a text may rightly say the same twice. The
two can be told apart only by what was agreed. Two things are:

- Prefilled: the provider writes on behind the text that it was given, and repeats none of it. So
  nothing is cut but white space at the end, which such providers do not take.
- Prompted: the model is asked to begin with the last words again, the anchor. It is the shortest
  end of the text that stands in it once, so that there is one way only to lay what comes over it.
  What is laid over is cut, once. What does not begin with the anchor, or with more of the end, does
  not go on with this text, and is not shown.

White space at the end is said again or not, as the model likes: as much of it as is, is cut.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.errors import UpstreamBroken

SHORTEST: Final = 24
"""Characters of an anchor, where there are so many."""
LONGEST: Final = 2_000
_FIRST: Final = 8
"""Characters that are waited for before they are looked up."""


class Misaligned(UpstreamBroken):
    """An answer that does not go on where the other one broke off."""


@dataclass(frozen=True, slots=True)
class Seam:
    """The end of a text, and how it is gone on with."""

    said: str = field(repr=False)
    """All that the client has of the text."""
    anchor: str = field(default="", repr=False)
    """What the model was asked to begin with; empty where nothing is to be repeated."""

    @property
    def given(self) -> str:
        """What of the text a provider is given: all but the white space at its end."""
        return self.said.rstrip()


def anchor_of(said: str) -> str | None:
    """The end of a text that a model is asked to begin with.

    Returns:
        The shortest that stands in the text once and begins with a word; the whole text where that
        is short; None where nothing of a bearable length stands there once, or nothing is said.
    """
    text = said.strip()
    size = SHORTEST
    while size < len(text) and size <= LONGEST:
        start = _word(text, len(text) - size)
        if text.find(text[start:]) == start:
            return text[start:]
        size *= 2
    return text if 0 < len(text) <= LONGEST else None


def _word(text: str, start: int) -> int:
    """The beginning of the word that `start` is in, unless it is very long."""
    for at in range(start, max(0, start - SHORTEST), -1):
        if text[at - 1].isspace() and not text[at].isspace():
            return at
    if start < SHORTEST:
        return 0
    while text[start].isspace():
        start -= 1
    return start


class Joint:
    """Takes the pieces of what goes on, and gives what is new of them."""

    __slots__ = ("_anchor_at", "_held", "_is_laid", "_starts", "_text", "_white")

    def __init__(self, seam: Seam) -> None:
        """Nothing has come yet."""
        self._text = seam.said.strip()
        self._white = seam.said[len(seam.given) :]
        """White space at the end that has not come again yet."""
        self._anchor_at = len(self._text) - len(seam.anchor)
        self._is_laid = not seam.anchor
        self._held = ""
        self._starts: list[int] | None = None
        """Where in the text all that has come so far stands."""

    @property
    def is_over(self) -> bool:
        """Whether whatever comes is new."""
        return self._is_laid and not self._white

    def feed(self, piece: str) -> str:
        """What is new of a piece.

        Raises:
            Misaligned: it does not go on with the text.
        """
        if not self._is_laid:
            piece = self._laid(piece)
        if piece and self._white:
            piece = self._without_white(piece)
        return piece

    def end(self) -> None:
        """Nothing more comes.

        Raises:
            Misaligned: not even the anchor came.
        """
        if not self._is_laid:
            raise _misaligned()

    def _laid(self, piece: str) -> str:
        """Lay what has come over the end of the text; what is beyond it."""
        self._held = (self._held + piece).lstrip() if not self._held else self._held + piece
        held = self._held
        if len(held) < min(_FIRST, len(self._text) - self._anchor_at):
            return ""
        starts = self._found() if self._starts is None else self._starts
        self._starts = []
        for start in starts:
            size = len(self._text) - start
            if len(held) >= size:
                if held.startswith(self._text[start:]):
                    self._is_laid, self._held = True, ""
                    return held[size:]
            elif self._text.startswith(held, start):
                self._starts.append(start)
        if not self._starts:
            raise _misaligned()
        return ""

    def _found(self) -> list[int]:
        """Where what has come stands in the text, the anchor's place or before."""
        return list(_places(self._text, self._held[:_FIRST], self._anchor_at))

    def _without_white(self, piece: str) -> str:
        common = 0
        while common < min(len(piece), len(self._white)) and piece[common] == self._white[common]:
            common += 1
        is_all = common == len(piece)
        self._white = self._white[common:] if is_all else ""
        return piece[common:]


def _places(text: str, part: str, last: int) -> Iterator[int]:
    """Where a part may begin in a text, up to a place; the end of the text may cut it."""
    part = part[: len(text) - last]
    at = text.find(part)
    while 0 <= at <= last:
        yield at
        at = text.find(part, at + 1)


def _misaligned() -> Misaligned:
    return Misaligned("the answer does not go on where the other one broke off")
