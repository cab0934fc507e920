"""A request before and after redaction, string by string, side by side.

What left holds placeholders; what was asked is either opened too (detail `full`), or shown with a
bar where each placeholder stands, since nobody recorded the original.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from guardrail_gw.audit.content import Texts

PLACEHOLDER = re.compile(
    r"(?P<kind>[A-Z][A-Z0-9_]{0,79})_(?=[A-Z]{0,7}[0-9])(?=[0-9]{0,7}[A-Z])"
    r"[0-9A-HJKMNP-TV-Z]{8}(?![A-Za-z0-9_])"
)
"""The form of what redaction puts in the place of an original (docs/placeholders.md)."""
_QUIET = frozenset(
    ("model", "role", "type", "id", "object", "status", "format", "encoding", "mime_type")
)
"""Members that are of the wire format and not of a person."""
_SHOWN = 400
_MAX_DEPTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of a text."""

    text: str = field(repr=False)
    kind: str = ""
    """What was replaced there: `EMAIL_ADDRESS`; empty for text that stayed."""
    withheld: bool = False
    """The original is not on record; `text` is the placeholder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """One string of a request."""

    place: str
    """Where it lies: `messages / 1 / content`."""
    role: str
    before: tuple[Part, ...] = field(repr=False)
    after: tuple[Part, ...] | None = field(repr=False)
    """None where what left is not on record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a request says."""

    twins: tuple[Twin, ...]
    more: int
    """Strings beyond those that are shown."""
    unreadable: bool = False
    """The content is no JSON; nothing of it is shown."""


def compare(texts: Texts) -> Said:
    """Lay what was asked beside what left."""
    try:
        sent = None if texts.sent is None else dict(_strings(orjson.loads(texts.sent)))
        asked = None if texts.original is None else dict(_strings(orjson.loads(texts.original)))
    except orjson.JSONDecodeError:
        return Said(twins=(), more=0, unreadable=True)
    places = [*(sent or {}), *(p for p in asked or {} if p not in (sent or {}))]
    twins = tuple(_twin(place, asked, sent) for place in places[:_SHOWN])
    return Said(twins=twins, more=max(0, len(places) - _SHOWN))


_Strings = Mapping[tuple[str, ...], tuple[str, str]]


def _strings(
    value: Any,  # noqa: ANN401 - any JSON value
    path: tuple[str, ...] = (),
    role: str = "",
) -> Iterator[tuple[tuple[str, ...], tuple[str, str]]]:
    """Each string with its place and the role of whoever says it."""
    if isinstance(value, str):
        if path and path[-1] not in _QUIET and value:
            yield path, (role, value)
    elif isinstance(value, dict) and len(path) < _MAX_DEPTH:
        said_by = value.get("role")
        mine = said_by if isinstance(said_by, str) else role
        for name, each in value.items():
            yield from _strings(each, (*path, name), mine)
    elif isinstance(value, list) and len(path) < _MAX_DEPTH:
        for number, each in enumerate(value, 1):
            yield from _strings(each, (*path, str(number)), role)


def _twin(place: tuple[str, ...], asked: _Strings | None, sent: _Strings | None) -> Twin:
    role, after = (sent or {}).get(place, ("", ""))
    if asked is None:
        before = tuple(_parts(after, withheld=True))
    else:
        role, original = asked.get(place, (role, ""))
        before = tuple(_aligned(original, after)) if sent is not None else (Part(text=original),)
    shown = tuple(_parts(after, withheld=False)) if sent is not None else None
    return Twin(place=" / ".join(place), role=role, before=before, after=shown)


def _parts(text: str, *, withheld: bool) -> Iterator[Part]:
    """A text cut at its placeholders."""
    start = 0
    for match in PLACEHOLDER.finditer(text):
        if match.start() > start:
            yield Part(text=text[start : match.start()])
        yield Part(text=match[0], kind=match["kind"], withheld=withheld)
        start = match.end()
    if start < len(text):
        yield Part(text=text[start:])


def _aligned(original: str, sent: str) -> Iterator[Part]:
    """The original, cut where the text that left has placeholders.

    What stands between two placeholders stands in the original, too, and in the same order. Where
    that is not so (a mask, a surrogate), the rest is one stretch.
    """
    at, kind = 0, ""
    for part in _parts(sent, withheld=False):
        if part.kind:
            kind = part.kind
            continue
        found = original.find(part.text, at)
        if found < 0 or (found > at and not kind):
            break
        if found > at:
            yield Part(text=original[at:found], kind=kind)
        yield Part(text=part.text)
        at, kind = found + len(part.text), ""
    if at < len(original):
        yield Part(text=original[at:], kind=kind)
