"""Content in strings that cannot be scanned as text: data URLs and base64.

Source: RFC 2397 (data URLs), RFC 4648 (base64 alphabets).
"""

import re
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


def embedded(text: str) -> str | None:
    """Say what a string carries besides text: `data_url`, `base64` or nothing."""
    if "data:" in text.lower() and _DATA_URL.search(text):
        return "data_url"
    if len(text) >= _BLOB_CHARS and _BLOB.search(text.replace("\r", "").replace("\n", "")):
        return "base64"
    return None


def is_opaque(text: str) -> bool:
    """Whether nothing of it can be read as text, so that scanning it is pointless."""
    return _ENCODED_URL.fullmatch(text) is not None or _ONLY_BLOB.fullmatch(text) is not None


def is_web_address(text: str) -> bool:
    """Whether it points to content elsewhere instead of carrying it."""
    return text[:8].lower().startswith(("http://", "https://"))
