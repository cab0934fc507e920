"""The signed list of the logs that gateways of one origin key have begun (FORMAT.md, 10).

Source: C2SP signed-note for the form; the text is ours.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.audit.record import RecordError
from guardrail_gw.audit.signed_text import signed, text_of
from guardrail_gw.keys.vkey import Verifier

_HEAD: Final = "guardrail-gw/audit/v1/origins"
_LINE = re.compile(r"([!-*,-~]{1,200}/[0-9a-f]{16}) ([0-9]{1,16}) ([0-9a-f]{16})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One log that was begun."""

    origin: str
    began_us: int
    seat: str
    """Names the folder on its machine: a log that begins there again follows this one."""


Origins = tuple[Origin, ...]


def written(origins: Iterable[Origin], name: str, key: Ed25519PrivateKey) -> bytes:
    """The list as a signed note."""
    lines = [_HEAD, *(f"{o.origin} {o.began_us} {o.seat}" for o in origins), ""]
    return signed("\n".join(lines).encode(), name, key)


def listed(note: bytes, *keys: Verifier) -> Origins:
    """Read the list; `keys` are the origin key and those that it followed.

    Raises:
        RecordError: it is not signed by the origin key, or not in the form that `written` writes.
    """
    text = text_of(note, *keys)
    if text is None:
        raise RecordError("the list of origins is not signed by the origin key")
    head, *lines = text.decode().removesuffix("\n").split("\n")
    found = [_LINE.fullmatch(line) for line in lines]
    if head != _HEAD or not all(found):
        raise RecordError("the list of origins has another form than ours")
    return tuple(
        Origin(origin=match[1], began_us=int(match[2]), seat=match[3]) for match in found if match
    )
