"""Thoughts in a dialect that is not their maker's: they carry whose they are, and their own seal.

A provider seals what its model thought (a signature, an encrypted content) and takes a thought
back with its own seal alone. Told in another dialect, a thought has a seal of ours in that place: a
mark, its maker, and the maker's seal. Handed back it is the maker's again, and nobody else's
(docs/adr/0022).
"""

import re
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.dialects.media import is_sealed

MARK: Final = "Gw7Foreign2Seal0"
"""What every such seal begins with: base64 of bytes that are no text."""

_MAKERS: Final = (
    *("", "anthropic_messages", "openai_responses", "gemini_generate"),
    "bedrock_converse",
)
"""A seal names its maker by its place here, so that names are only added."""
_HEAD: Final = 3
"""Bytes behind the mark: maker, alphabet, whether it is padded."""
_NOBODYS: Final = b64decode(MARK) * 4
"""Stands for the seal of a thought that has none: as long as others are."""
_PLAIN: Final = re.compile("[A-Za-z0-9+/]+={0,2}")
_ALPHABETS: Final[tuple[tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]], ...]] = (
    (b64encode, b64decode),
    (urlsafe_b64encode, urlsafe_b64decode),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A maker's seal, and who that is; both empty where the thought had none."""

    maker: str
    seal: str = field(repr=False)


def foreign(maker: str, seal: str) -> str:
    """A seal of ours around a maker's; what can be read, or is not base64, is left out."""
    alphabet = 0 if _PLAIN.fullmatch(seal) else 1
    padded = seal.endswith("=") or len(seal) % 4 == 0
    bare = seal + "=" * (-len(seal) % 4)
    encode, decode = _ALPHABETS[alphabet]
    try:
        raw = decode(bare.encode())
    except ValueError:
        raw = b""
    is_kept = is_sealed(seal) and _is(encode(raw).decode(), seal, padded=padded)
    if maker not in _MAKERS or not raw or not is_kept:
        return _UNSEALED
    return _written(_MAKERS.index(maker), alphabet, int(padded), raw)


def opened(seal: str) -> Sealed | None:
    """What is within a seal of ours; None for a seal that is somebody's own."""
    if not is_foreign(seal):
        return None
    try:
        raw = b64decode(seal[len(MARK) :].encode(), validate=True)
    except ValueError:
        return _NONE
    if len(raw) <= _HEAD or not 0 < raw[0] < len(_MAKERS) or raw[1] >= len(_ALPHABETS):
        return _NONE
    encode, _ = _ALPHABETS[raw[1]]
    inner = encode(raw[_HEAD:]).decode()
    inner = inner if raw[2] else inner.rstrip("=")
    if not is_sealed(inner):  # whatever somebody wrapped, it goes on only if nobody can read it
        return _NONE
    return Sealed(maker=_MAKERS[raw[0]], seal=inner)


def is_ours(seal: str) -> bool:
    """Whether a seal with our mark is one that we gave: it opens, or is that of a thought without.

    What a client wrapped itself could be read by whoever it is sent to.
    """
    return seal == _UNSEALED or opened(seal) not in {None, _NONE}


def is_foreign(seal: object) -> bool:
    """Whether a seal is one of ours."""
    return isinstance(seal, str) and seal.startswith(MARK)


_NONE: Final = Sealed(maker="", seal="")


def _is(written: str, seal: str, *, padded: bool) -> bool:
    """Whether the maker's seal comes back as it was, to the last sign."""
    return (written if padded else written.rstrip("=")) == seal


def _written(maker: int, alphabet: int, padded: int, raw: bytes) -> str:
    head = bytes((maker, alphabet, padded))
    return MARK + b64encode(head + raw).decode()


_UNSEALED: Final = _written(0, 0, 0, _NOBODYS)
"""The seal of a thought whose maker gave none."""
