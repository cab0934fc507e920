"""Placeholders for places that take no text of any form: an address, a number, a UUID.

Each follows from the placeholder of its value, so that the same value has the same one. All are of
kinds that are set aside for examples, where there are any.

Source: RFC 2606 (example.com), RFC 5737 and RFC 3849 (addresses for documentation), RFC 9562, 5.8
(UUIDs of version 8).
"""

import hashlib
import re
from collections.abc import Iterator
from uuid import UUID

_LETTERS = "abcdefghjkmnpqrstvwxyz"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")
_FAR = 3000
_NETS = ("192.0.2", "198.51.100", "203.0.113")


def forms(token: str, value: str) -> Iterator[str]:
    """Yield what may stand for a value where its placeholder may not, likeliest first.

    Args:
        token: its placeholder.
        value: what it stands for.
    """
    digest = hashlib.sha256(token.encode()).digest()
    name = f"v{digest.hex()[:12]}"  # not the placeholder itself, which restoring would find in it
    if value.lstrip("-").isdigit() and value.isascii():
        yield _digits(digest, value)
        return
    if "@" in value:
        yield f"{name}@example.com"
    if "://" in value:
        yield f"https://example.com/{name}"
    if _DATE.match(value):
        yield _date(digest, value)
    yield _shaped(digest, value)
    yield from (token.lower(), name, token.replace("_", ""))
    yield str(
        UUID(bytes=digest[:6] + bytes([0x80 | digest[6] & 15, digest[7], 0x80]) + digest[8:15])
    )
    yield f"{_NETS[digest[0] % 3]}.{1 + digest[1] % 254}"
    yield f"2001:db8::{digest[2:4].hex()}:{digest[4:6].hex()}"
    yield f"{name}.example.com"


def _date(digest: bytes, value: str) -> str:
    """A day of a year in which nobody lives, at a time of it where the value has one."""
    year = _FAR + int.from_bytes(digest[:2]) % (10_000 - _FAR)
    day = f"{year}-{1 + digest[2] % 12:02}-{1 + digest[3] % 28:02}"
    hour, minute, second = (digest[4] % 24, digest[5] % 60, digest[6] % 60)
    return f"{day}T{hour:02}:{minute:02}:{second:02}Z" if "T" in value.upper() else day


def _digits(digest: bytes, value: str) -> str:
    """A number of as many digits, without a zero before it."""
    bare = value.lstrip("-")
    number = int.from_bytes(digest) % (9 * 10 ** (len(bare) - 1)) + 10 ** (len(bare) - 1)
    return "-" * value.startswith("-") + str(number)


def _shaped(digest: bytes, value: str) -> str:
    """A letter for each letter and a digit for each digit; everything else stays."""
    stream = iter(hashlib.shake_256(digest).digest(len(value)))
    return "".join(_like(char, byte) for char, byte in zip(value, stream, strict=True))


def _like(char: str, byte: int) -> str:
    if char.isdigit():
        return str(byte % 10)
    if not char.isalpha():
        return char
    letter = _LETTERS[byte % len(_LETTERS)]
    return letter.upper() if char.isupper() else letter
