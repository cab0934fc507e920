"""`multipart/form-data`, read strictly and written anew: nothing of a client's framing goes on.

Source: RFC 7578, RFC 2046 5.1 (boundaries). No preamble, no nesting, no transfer encodings: what
two readers could take for two forms is refused.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.errors import BodyRefused

MAX_FIELDS: Final = 64
MAX_HEAD_BYTES: Final = 4096
"""Of the headers of one field."""

_OPENING: Final = re.compile(rb"--([\x21-\x7e]{1,70})\r\n")
_HEADER: Final = re.compile(rb"([A-Za-z-]{1,64}):[ \t]*([^\r\n]{0,1024})\r\n")
_DISPOSITION: Final = re.compile(
    r'form-data; *name="([^"\\]{1,100})"(?:; *filename="([^"]{0,255})")?(?:; *filename\*=[^;]*)?',
    re.IGNORECASE,
)
_KNOWN: Final = frozenset({"content-disposition", "content-type", "content-length"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a form."""

    name: str
    value: bytes = field(repr=False)
    filename: str | None = field(default=None, repr=False)
    """None for a field that is no file."""
    media: str = field(default="application/octet-stream", repr=False)
    """What a file is said to be where it is written."""


def fields(raw: bytes) -> list[Field]:
    """Read a form.

    Raises:
        BodyRefused: `body.malformed`; it is none, or more than one reader could make of it.
    """
    opening = _OPENING.match(raw)
    if opening is None:
        raise _broken("it does not begin with its boundary")
    mark = b"\r\n--" + opening[1]
    first, *parts = (b"\r\n" + raw).split(mark, MAX_FIELDS + 2)
    if len(parts) - 1 > MAX_FIELDS:
        raise _broken(f"it has more than {MAX_FIELDS} fields")
    if first or len(parts) < 2 or not re.fullmatch(rb"--(?:\r\n)?", parts[-1]):  # noqa: PLR2004 - a field, and the end
        raise _broken("it does not end with its boundary")
    return [_field(part) for part in parts[:-1]]


def written(parts: Sequence[Field], boundary: str) -> bytes:
    """A form of these fields; names and file names are ours, and hold nothing to escape."""
    out = [_part(each, boundary) for each in parts]
    return b"".join(out) + f"--{boundary}--\r\n".encode()


def boundary_of(content: bytes) -> str:
    """A boundary that is not in the content: 192 bits of its digest, within the 70 characters.

    Args:
        content: all that a client wrote. Of a part of it alone the digest would be known to whoever
            writes the rest, who could then end a field and begin another.
    """
    return f"guardrail-gw-{hashlib.sha256(content).hexdigest()[:48]}"


def _part(part: Field, boundary: str) -> bytes:
    is_file = part.filename is not None
    named = f'; filename="{part.filename}"' if is_file else ""
    kind = f"Content-Type: {part.media}\r\n" if is_file else ""
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{part.name}"{named}\r\n{kind}\r\n'
    )
    return head.encode() + part.value + b"\r\n"


def _field(part: bytes) -> Field:
    if not part.startswith(b"\r\n"):
        raise _broken("a field does not begin on a line of its own")
    head, end, value = part[2:].partition(b"\r\n\r\n")
    if len(head) > MAX_HEAD_BYTES:  # before anything is looked for in it
        raise _broken("a field has headers that are too long")
    lines = _HEADER.findall(head + b"\r\n")
    named = {name.decode().lower(): text for name, text in lines}
    whole = sum(len(line) for line in head.split(b"\r\n")) and len(lines) == head.count(b"\r\n") + 1
    if not end or not whole or len(named) != len(lines) or not named.keys() <= _KNOWN:
        raise _broken("a field has headers that are not read here")
    try:
        said = _DISPOSITION.fullmatch(named.get("content-disposition", b"").decode().strip())
    except UnicodeDecodeError:
        said = None
    if said is None:
        raise _broken("a field does not say its name")
    return Field(name=said[1], value=value, filename=said[2])


def _broken(what: str) -> BodyRefused:
    return BodyRefused(f"the form cannot be read: {what}", code="body.malformed")
