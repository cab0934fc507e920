"""The text that base64 holds, in whichever encoding it was kept, and the same with another text.

Source: RFC 4648 (base64, its alphabet for URLs); Unicode 17, 3.10 (marks of byte order).
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_TEXTUAL: Final = frozenset("\t\n\r\f\x1b")
_ODD_SHARE: Final = 16
"""A text may have one character in so many that nothing shows: what has more is a file as well."""
_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
"""What a text may begin with that says its encoding; the longer of two first."""
_EIGHT_BITS: Final = ("cp1252", "latin-1")
_SPACE: Final = re.compile(r"[ \t\r\n]+")
_FOR_URLS: Final = str.maketrans("-_", "+/")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a text was kept."""

    codec: str
    mark: bytes = b""
    """What stands before it."""

    def written(self, text: str) -> str:
        """Base64 of a text kept so; a character that the encoding has not becomes `?`."""
        return b64encode(self.mark + text.encode(self.codec, "replace")).decode()


@dataclass(frozen=True, slots=True)
class Decoded:
    """What base64 holds."""

    text: str = field(repr=False)
    encoding: Encoding
    is_text: bool
    """Whether nearly all of it is shown, and its encoding is one of Unicode's: of those of eight
    bits there are dozens, and in each it would be another text. What is not is a file as well."""


def bytes_of(value: str) -> bytes | None:
    """What base64 holds, as the protocol writes it or as lenient readers take it; None: it is none.

    Lines, the alphabet for URLs and a missing end are read by many.
    """
    bare = _SPACE.sub("", value).translate(_FOR_URLS).rstrip("=")
    try:
        return b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (NotBase64, ValueError):
        return None


def read(raw: bytes) -> Decoded | None:
    """Read bytes as a text, as far as there is one in them; None: there is not."""
    for text, encoding in _readings(raw):
        if is_shown(text):
            return Decoded(text, encoding, is_text=encoding.codec not in _EIGHT_BITS)
    try:
        return Decoded(raw.decode(), Encoding("utf-8"), is_text=False)
    except UnicodeDecodeError:
        return None


def is_shown(text: str) -> bool:
    """Whether nearly all of it is characters that are shown, or that lay texts out."""
    if text.isprintable():
        return True
    odd = sum(not (c.isprintable() or c in _TEXTUAL) for c in text)
    return odd * _ODD_SHARE <= len(text)


def _readings(raw: bytes) -> Iterator[tuple[str, Encoding]]:
    """Every text that it may be, the surest first."""
    marked = [Encoding(codec, mark) for mark, codec in _MARKS if raw[:-1].startswith(mark)]
    for encoding in (*marked, *map(Encoding, ("utf-8", *_wide(raw), *_EIGHT_BITS))):
        try:
            yield raw[len(encoding.mark) :].decode(encoding.codec), encoding
        except UnicodeDecodeError:
            continue


def _wide(raw: bytes) -> tuple[str, ...]:
    """Encodings of more bytes to a character, if most characters are of ASCII, by their zeros."""
    first, second = raw[::2].count(0), raw[1::2].count(0)
    if 4 * max(first, second) < len(raw):  # of every two bytes one, for half of the characters
        return ()
    return ("utf-32-le", "utf-16-le") if second >= first else ("utf-32-be", "utf-16-be")
