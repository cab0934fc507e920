"""What a text looks like, told from its bytes in Latin-1, in which each character is one.

Translating bytes and looking for some takes a fraction of what the same costs in a string, and a
place in the bytes is the place in the text. Most texts are ASCII, or have accents of Latin-1 only.
"""

import re
from collections.abc import Callable

from guardrail_gw.detection.rules.name_shapes import UPPER

UNBROKEN = 14
"""Characters without white space between that no sentence has, but keys and codes do."""


def _table(kind: Callable[[str], str]) -> bytes:
    """What each character of Latin-1 becomes, as `bytes.translate` takes it."""
    return "".join(kind(chr(code)) for code in range(256)).encode("latin-1")


def _capital_or_word(sign: str) -> str:
    return "A" if re.match(UPPER, sign) else "x" if re.match(r"\w", sign) else " "


_SPACED = _table(lambda sign: " " if sign.isspace() else "x")
_DIGITS = _table(lambda sign: "9" if sign in "0123456789" else " ")
_WORDS = _table(lambda sign: sign.lower() if sign.isalnum() else " ")
_CAPITALS = _table(_capital_or_word)
_WORD_SIGN = ord("x")
_LONG = b"x" * UNBROKEN
_SINGLES = b" x x x "
"""Three single characters within a row of five."""


def outline(text: str) -> bytes:
    """The bytes of a text; none if it has a character beyond Latin-1."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return b""


def digits(text: str, raw: bytes) -> list[tuple[int, int]]:
    """Where ASCII digits stand in a row in a text with this outline, in order."""
    bare = (raw or text.encode("latin-1", "replace")).translate(_DIGITS)
    found = []
    start = bare.find(b"9")
    while start >= 0:
        end = bare.find(b" ", start)
        end = end if end >= 0 else len(bare)
        found.append((start, end))
        start = bare.find(b"9", end)
    return found


def words(raw: bytes) -> list[str]:
    """What is left between signs and white space, in lower case."""
    return raw.translate(_WORDS).decode("latin-1").split()


def capitals(text: str, raw: bytes) -> tuple[list[tuple[int, str]], bool]:
    """The words of a text that begin like a name, and whether a capital stands within a word.

    Returns:
        The words in order, each behind the place where it begins.
    """
    bare = raw.translate(_CAPITALS)
    found = []
    is_inner = False
    start = bare.find(b"A")
    while start >= 0:
        end = bare.find(b" ", start)
        end = end if end >= 0 else len(bare)
        if start and bare[start - 1] == _WORD_SIGN:
            is_inner = True
        else:
            found.append((start, text[start:end]))
            is_inner = is_inner or b"xA" in bare[start:end]
        start = bare.find(b"A", end)
    return found, is_inner


def spaced(raw: bytes) -> bytes:
    """Blanks for white space, and the same sign for all else."""
    return raw.translate(_SPACED)


def stretches(raw: bytes, bare: bytes) -> list[tuple[int, int]]:
    """Where `UNBROKEN` characters or more stand without white space or `@`, in order.

    Args:
        raw: the outline.
        bare: what `spaced` makes of it.
    """
    found = []
    start = bare.find(_LONG)
    while start >= 0:
        end = bare.find(b" ", start + UNBROKEN)
        end = end if end >= 0 else len(bare)
        for piece in raw[start:end].split(b"@"):
            if len(piece) >= UNBROKEN:
                found.append((start, start + len(piece)))
            start += len(piece) + 1
        start = bare.find(_LONG, end)
    return found


def may_have_singles(bare: bytes) -> bool:
    """Whether five single characters may stand in a row, with white space between them.

    Args:
        bare: what `spaced` makes of an outline.
    """
    return _SINGLES in bare or b"  " in bare
