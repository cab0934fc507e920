"""Text that people and programs wrote, made harmless and visible for a page.

Templates escape markup; what is left are characters that change how others are shown: controls,
escape sequences, marks of direction, invisible ones. Each becomes a mark that can be seen.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
_C1_ENDS = 0xA0
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that have no ink."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, or one character that would not be seen."""

    text: str
    name: str = ""
    """Of the character, with its number; empty for a stretch."""
    breaks: bool = False
    """A line ends here."""


def pieces(text: str) -> Iterator[Piece]:
    """Cut a text so that every character which would act, or not be seen, is a piece of its own."""
    start = 0
    for at, character in enumerate(text):
        if not _acts(character):
            continue
        if at > start:
            yield Piece(text[start:at])
        yield _mark(character)
        start = at + 1
    if start < len(text):
        yield Piece(text[start:])


def plain(text: str) -> str:
    """The same as one string, for attributes, titles and files."""
    return "".join(piece.text for piece in pieces(text))


def _acts(character: str) -> bool:
    if " " <= character <= "~":
        return False
    return (
        unicodedata.category(character) in _HIDDEN
        or character in _INVISIBLE
        or unicodedata.name(character, "").startswith("VARIATION SELECTOR")
    )


def _mark(character: str) -> Piece:
    code = ord(character)
    if character == "\n":
        return Piece("\u21b5", name="U+000A LINE FEED", breaks=True)
    name = unicodedata.name(character, "CONTROL" if code < _C1_ENDS else "NO NAME")
    return Piece(f"U+{code:04X}", name=f"U+{code:04X} {name}")
