"""Where a page of a joined list ended: whose entry was last, and which.

The next page begins behind that entry, whichever process is asked and whatever was added since.
Nothing of a cursor goes to a server: servers are asked for whole lists, with cursors of their own.
"""

import base64
import binascii
import json
from typing import Final, NamedTuple

from guardrail_gw.errors import BodyRefused

_VERSION: Final = 1


class Cursor(NamedTuple):
    """The last entry of a page."""

    server: str
    key: str
    """As its server has it."""


def written(cursor: Cursor) -> str:
    """As clients are told it: opaque."""
    said = json.dumps([_VERSION, *cursor], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(said).decode().rstrip("=")


def read(text: object) -> Cursor:
    """The cursor that a client sent back.

    Raises:
        BodyRefused: nobody was told this one.
    """
    try:
        said = json.loads(base64.urlsafe_b64decode(_padded(text)))
    except (binascii.Error, ValueError, RecursionError):
        said = None
    match said:
        case [1, str(server), str(key)] if type(said[0]) is int:
            return Cursor(server, key)
        case _:
            raise unknown()


def unknown() -> BodyRefused:
    """What a cursor is answered with that leads nowhere, or not any more."""
    return BodyRefused("this cursor is unknown; ask for the list without one", code="body.cursor")


def _padded(text: object) -> bytes:
    if not isinstance(text, str) or not text.isascii():
        raise ValueError
    return text.encode() + b"=" * (-len(text) % 4)
