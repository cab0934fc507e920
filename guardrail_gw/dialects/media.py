"""Content in strings that cannot be scanned as text: data URLs and base64.

Source: RFC 2397 (data URLs), RFC 4648 (base64 alphabets).
"""

import re
from base64 import urlsafe_b64decode
from typing import Final

_BLOB_CHARS: Final = 256
"""Shortest run that counts as base64; hashes, keys and signatures are shorter."""

# every part is bounded: text that only begins like one, again and again, must not cost its square
_DATA_URL = re.compile(
    r"data:(?:[\w.+-]{1,60}/[\w.+-]{1,60})?(?:;[\w.+-]{1,30}(?:=[^,;\s]{0,60})?){0,4},",
    re.IGNORECASE,
)
_ENCODED_URL = re.compile(r"\s*data:[^,\s]{0,200};base64,[A-Za-z0-9+/=_%-]*\s*", re.IGNORECASE)
_BLOB = re.compile(rf"[A-Za-z0-9+/_-]{{{_BLOB_CHARS},}}")
_ONLY_BLOB = re.compile(r"[A-Za-z0-9+/_\r\n-]+={0,2}\s*")

_SHORTEST_SEAL: Final = 64
_SEAL = re.compile(r"(?=.*[0-9])(?=.*[A-Z])(?=.*[a-z])[A-Za-z0-9+/_-]+={0,2}")
"""Chance puts digits and both cases into every longer one; words run together lack some."""
_STRETCH = re.compile(rb"(?:[\x21-\x7e]{2,}[ \t\r\n]+){4}|[\x20-\x7e]{80}")
"""Words or a long line; names and numbers of a model's version are shorter."""
_FILES: Final = (
    *(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"%PDF", b"PK\x03\x04", b"\x1f\x8b"),
    *(b"II*\x00", b"MM\x00*", b"ID3", b"OggS", b"fLaC", b"\x00\x00\x00"),
)


def embedded(text: str) -> str | None:
    """Say what a string carries besides text: `data_url`, `base64` or nothing."""
    if "data:" in text.lower() and _DATA_URL.search(text):
        return "data_url"
    if len(text) >= _BLOB_CHARS and _has_blob(text.replace("\r", "").replace("\n", "")):
        return "base64"
    return None


def _has_blob(text: str) -> bool:
    """Whether so many characters of base64 follow each other; spaces in prose make it quick.

    Wherever they begin, one of them stands at a multiple of their number, and all of them lie
    within twice as many characters around it, with no space between.
    """
    for at in range(_BLOB_CHARS - 1, len(text), _BLOB_CHARS):
        start, end = max(0, at - _BLOB_CHARS + 1), at + _BLOB_CHARS
        space = text.find(" ", at, end)
        if space >= 0 and text.rfind(" ", max(0, space - _BLOB_CHARS), at) >= 0:
            continue
        if _BLOB.search(text, start, end):
            return True
    return False


def is_opaque(text: str) -> bool:
    """Whether nothing of it can be read as text, so that scanning it is pointless."""
    return _ENCODED_URL.fullmatch(text) is not None or _ONLY_BLOB.fullmatch(text) is not None


def is_sealed(text: str) -> bool:
    """Whether it is base64 of bytes in which nothing can be read: no text, no known kind of file.

    Shorter than `_SHORTEST_SEAL`, it may be a word.
    """
    if len(text) < _SHORTEST_SEAL or not _SEAL.fullmatch(text):
        return False
    bare = text.rstrip("=").translate({ord("+"): "-", ord("/"): "_"})
    bare = bare[: len(bare) - (len(bare) % 4 == 1)]  # no base64 has such a length
    raw = urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    return not raw.startswith(_FILES) and not _is_text(raw)


def _is_text(raw: bytes) -> bool:
    if _STRETCH.search(raw) or _STRETCH.search(raw.replace(b"\0", b"")):  # UTF-16 and UTF-32, too
        return True
    try:
        return raw.decode().isprintable()
    except UnicodeDecodeError:
        return False


def is_web_address(text: str) -> bool:
    """Whether it points to content elsewhere instead of carrying it."""
    return text[:8].lower().startswith(("http://", "https://"))
