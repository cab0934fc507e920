"""Top-level members of a body ready to be sent: taken out, renamed, set; no other byte moves.

One change after the other, each on the bytes that the one before has left.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.core.body import KEY, quoted, spans
from guardrail_gw.core.parameters import Parameters, Scalar

_SCALAR: Final = re.compile(rb'[ \t\n\r]*:[ \t\n\r]*("(?:[^"\\]|\\.)*"|[^][{}",\s]+)')
_ESCAPED_SIGN: Final = re.compile(rb"\\u00[2-7]")
"""Names are of ASCII letters, digits and signs, which somebody may spell so."""
_SPACE: Final = b" \t\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A body as a provider reads it."""

    body: bytes = field(repr=False)
    left_out: tuple[str, ...] = ()
    """What the provider is not told: members by the client's names, or `temperature above 1`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """One change of one member."""

    member: str
    name: str | None = None
    """Its new name."""
    value: Scalar | None = None
    """Its new value; it goes where neither is given."""
    note: str = ""
    """What is on record for it."""


def fitted(body: bytes, members: Mapping[str, Any], parameters: Parameters) -> Fitted:
    """Change a body into what a provider reads.

    Args:
        body: the bytes, which are valid JSON.
        members: its top-level members; a value may be another than that which is sent.
        parameters: the provider's; `obstacle` had nothing to say.
    """
    changes = list(_changes(members, parameters))
    is_plain = bool(changes) and not _ESCAPED_SIGN.search(body)
    for change in changes:
        body = _changed(body, change, is_plain=is_plain)
    return Fitted(body=body, left_out=tuple(sorted(c.note for c in changes if c.note)))


def required(members: Mapping[str, Any], parameters: Parameters) -> bytes:
    """Members that the provider demands and the body lacks, each behind a comma."""
    named = parameters.named(members)
    return b"".join(
        b",%b:%b" % (quoted(name), json.dumps(value).encode())
        for name, value in parameters.required
        if name not in named
    )


def _changes(members: Mapping[str, Any], parameters: Parameters) -> Iterator[_Change]:
    named = {**members, **parameters.within(members)}
    asked = {name: name for name in named}  # as the client calls them
    for old, new in parameters.renamed:
        if old in named and new in named:
            del named[old]
            yield _Change(member=old, note=old)
        elif old in named:
            named[new], asked[new] = named.pop(old), old
            yield _Change(member=old, name=new)
    for name in _leaving(named, parameters):
        del named[name]
        yield _Change(member=name, note=asked[name])
    for name, bounds in parameters.bounds:
        if found := bounds.beyond(named.get(name)):
            where, nearest = found
            yield _Change(member=name, value=nearest, note=f"{asked[name]} {where}")


def _leaving(named: Mapping[str, Any], parameters: Parameters) -> list[str]:
    """Members that the provider does not take, or not beside others that stand for them."""
    unread = (*parameters.dropped, *parameters.refused)
    leaving = [name for name in unread if name in named]
    for names in parameters.one_of:
        said = [n for n in names if named.get(n) is not None and n not in leaving]
        leaving += said[1:]
    return list(dict.fromkeys(leaving))


def _changed(body: bytes, change: _Change, *, is_plain: bool) -> bytes:
    (start, key_end), (at, end) = _places(body, change.member, is_plain=is_plain)
    if change.name is not None:
        return body[:start] + quoted(change.name) + body[key_end:]
    if change.value is not None:
        return body[:at] + json.dumps(change.value).encode() + body[end:]
    return _without(body, start, end)


def _places(body: bytes, name: str, *, is_plain: bool) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where a member's key and value stand; the quick way where it cannot be mistaken.

    Args:
        body: the bytes.
        name: the member's.
        is_plain: whether no sign of a name is spelt as an escape.
    """
    key = quoted(name)
    path = tuple(name.split("."))
    at = body.find(key)
    if is_plain and at >= 0 and body.find(key, at + 1) < 0:
        scalar = _SCALAR.match(body, at + len(key))
        if scalar is not None:
            return (at, at + len(key)), scalar.span(1)
    found = spans(body, {path, (*path, KEY)})
    return found[*path, KEY], found[path]


def _without(body: bytes, start: int, end: int) -> bytes:
    """The body without a member and one of the commas around it: there is always another member."""
    rest = body[end:].lstrip(_SPACE)
    if rest.startswith(b","):
        return body[:start] + rest[1:].lstrip(_SPACE)
    return body[:start].rstrip(_SPACE).removesuffix(b",") + body[end:]
