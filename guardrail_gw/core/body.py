"""JSON bodies that lose nothing: what is not edited keeps its bytes.

A body is parsed once, strictly. An edit replaces the bytes of one token (a string, a number, an
object key) and leaves every other byte as it came, so numbers keep their lexemes, members their
order and white space its place.

Source: RFC 8259 (JSON), RFC 6901 (pointers), RFC 7493 2.1 and 2.3 (no lone surrogates, no duplicate
names).
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, NoReturn

from guardrail_gw.errors import BodyRefused

MAX_DEPTH: Final = 64
MAX_STRINGS: Final = 50_000


class Mark(Enum):
    """What a path may end with instead of a step."""

    KEY = "key"
    """The name of the member that the rest of the path leads to, not its value."""


KEY: Final = Mark.KEY

Path = tuple[str | int | Mark, ...]
"""Steps from the top: member names and array indices."""


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed body; `value` is a view of `raw` and is never encoded again."""

    raw: bytes = field(repr=False)
    value: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Splice:
    """`raw[start:end]` becomes `text`; `start == end` inserts."""

    start: int
    end: int
    text: bytes = field(repr=False)


def parse(raw: bytes, *, names: Collection[str] = ()) -> Document:
    """Read a body.

    Args:
        raw: UTF-8 without a byte order mark.
        names: member names that may be shown in an error's pointer; others show as `*`.

    Raises:
        BodyRefused: `body.not_utf8`, `body.not_json`, `body.duplicate_key`, `body.too_deep`,
            `body.lone_surrogate`, `body.too_many_segments`.
    """
    text = _text(raw)
    try:
        value = _STRICT.decode(text)
    except _DuplicateKey:
        _refuse_duplicate(text, names)
    except RecursionError:
        raise _too_deep("") from None
    except ValueError:  # its message could quote the body
        raise BodyRefused("the body is not JSON", code="body.not_json") from None
    if _needs_inspection(raw):
        _inspect(value, names)
    return Document(raw, value)


def rewrite(document: Document, edits: Mapping[Path, str]) -> bytes:
    """Return the body with each edited string, number or key replaced by the given string."""
    if not edits:
        return document.raw
    found = spans(document.raw, frozenset(edits))
    return splice(document.raw, [Splice(*found[p], quoted(t)) for p, t in edits.items()])


def splice(
    raw: bytes, splices: Sequence[Splice], *, start: int = 0, stop: int | None = None
) -> bytes:
    """Return `raw[start:stop]` with splices that do not overlap, given in any order."""
    out: list[bytes] = []
    at = start
    for piece in sorted(splices, key=lambda s: (s.start, s.end)):
        out += (raw[at : piece.start], piece.text)
        at = piece.end
    out.append(raw[at:stop])
    return b"".join(out)


def without(raw: bytes, entries: Collection[Path]) -> bytes:
    """Return valid JSON without these entries of its arrays."""
    lists: dict[Path, set[int]] = {}
    for *array, index in entries:
        if isinstance(index, int):
            lists.setdefault(tuple(array), set()).add(index)
    neighbours = {
        (*array, at) for array, gone in lists.items() for i in gone for at in (i - 1, i, i + 1)
    }
    found = spans(raw, neighbours)
    cuts = [_cut(found, array, i, gone) for array, gone in lists.items() for i in gone]
    return splice(raw, [Splice(*cut, b"") for cut in cuts])


def _cut(
    found: Mapping[Path, tuple[int, int]], array: Path, index: int, gone: Collection[int]
) -> tuple[int, int]:
    """Where an entry stands, with the comma before it, or behind it where none is kept before."""
    start, end = found[*array, index]
    if any(before not in gone for before in range(index)):
        return found[*array, index - 1][1], end
    after = found.get((*array, index + 1))
    return start, end if after is None else after[0]


def spans(raw: bytes, wanted: Collection[Path]) -> dict[Path, tuple[int, int]]:
    """Find where each wanted value (also an object or array) or key stands in valid JSON.

    Returns:
        Path -> start and end in bytes, quotes and brackets included.
    """
    found: dict[Path, tuple[int, int]] = {}
    for path, start, end in _tokens(raw):
        if path in wanted:
            found[path] = (start, end)
    return found


def member_span(document: Document, name: str) -> tuple[int, int]:
    """Where the string value of the top-level member `name` (plain ASCII) stands; the quick way.

    When the quoted name occurs once and no ASCII character is spelt as an escape, that
    occurrence is the member's key.
    """
    raw = document.raw
    key = b'"' + name.encode() + b'"'
    at = raw.find(key)
    if at >= 0 and b"\\u00" not in raw and raw.find(key, at + 1) < 0:
        value = _COLON_STRING.match(raw, at + len(key))
        if value is not None:
            return value.span(1)
    return spans(raw, {(name,)})[(name,)]


def quoted(text: str) -> bytes:
    """Encode one JSON string."""
    return _ENCODER.encode(text).encode()


def pointer(path: Path, names: Collection[str]) -> str:
    """Write a path as a JSON pointer; members not in `names` show as `*`."""
    steps = (s for s in path if s is not KEY)
    return "".join(f"/{s if isinstance(s, int) or s in names else '*'}" for s in steps)


class _DuplicateKey(Exception):  # noqa: N818 - a signal within this module, never seen outside
    """An object names a member twice."""


class _Twice(dict[str, Any]):
    """An object that names a member twice."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _DuplicateKey
    return members


def _marked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    return members if len(members) == len(pairs) else _Twice(members)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


_STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
_FORGIVING = json.JSONDecoder(object_pairs_hook=_marked, parse_constant=_no_constant)
_ENCODER = json.JSONEncoder(ensure_ascii=False)
"""Made once: `json.dumps` makes one for every string."""
_COLON_STRING = re.compile(rb'[ \t\n\r]*:[ \t\n\r]*("(?:[^"\\]|\\.)*")')
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_BRACE, _COMMA = b"{,"
_TOKEN = re.compile(rb'"(?:[^"\\]+|\\.)*"|[][{},]|[^][{},:" \t\n\r]+')


def _text(raw: bytes) -> str:
    if raw.startswith(b"\xef\xbb\xbf"):
        raise BodyRefused("the body starts with a byte order mark", code="body.not_utf8")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise BodyRefused("the body is not UTF-8", code="body.not_utf8") from None


def _refuse_duplicate(text: str, names: Collection[str]) -> NoReturn:
    try:
        value = _FORGIVING.decode(text)
    except RecursionError:
        raise _too_deep("") from None
    except ValueError:  # broken further on
        raise BodyRefused("the body is not JSON", code="body.not_json") from None
    places = (pointer(path, names) for path, node in _nodes(value) if isinstance(node, _Twice))
    place = next(places, "/*")  # the twice-named object may itself be overwritten by a twin
    raise BodyRefused(f"an object names a member twice at {place!r}", code="body.duplicate_key")


def _too_deep(place: str) -> BodyRefused:
    return BodyRefused(
        f"the body nests deeper than {MAX_DEPTH} levels {place}".rstrip(), code="body.too_deep"
    )


def _needs_inspection(raw: bytes) -> bool:
    """Cheap bounds that small ordinary bodies stay below."""
    return (
        raw.count(b"{") + raw.count(b"[") > MAX_DEPTH
        or raw.count(b'"') > 2 * MAX_STRINGS
        or (b"\\u" in raw and _SURROGATE.search(raw) is not None)
    )


def _inspect(value: Any, names: Collection[str]) -> None:  # noqa: ANN401 - JSON
    strings = 0
    for path, node in _nodes(value):
        if len(path) > MAX_DEPTH:
            raise _too_deep(f"at {pointer(path[:8], names)!r}")
        for text in _strings(node):
            strings += 1
            if _is_broken(text):
                raise BodyRefused(
                    f"half a surrogate pair at {pointer(path, names)!r}",
                    code="body.lone_surrogate",
                )
    if strings > MAX_STRINGS:
        raise BodyRefused(
            f"the body holds more than {MAX_STRINGS} strings", code="body.too_many_segments"
        )


def _strings(node: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        yield from node


def _is_broken(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _nodes(value: Any) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401 - JSON
    """Every value with its path, without recursion: the depth is not known to be bounded yet."""
    stack: list[tuple[Path, Any]] = [((), value)]
    while stack:
        path, node = stack.pop()
        yield path, node
        if len(path) > MAX_DEPTH:
            continue
        if isinstance(node, dict):
            stack += [((*path, k), v) for k, v in node.items()]
        elif isinstance(node, list):
            stack += [((*path, i), v) for i, v in enumerate(node)]


def _tokens(raw: bytes) -> Iterator[tuple[Path, int, int]]:
    """Every value and key of valid JSON with its span, in the order in which they end."""
    opened: list[tuple[int, bool]] = []  # where, and whether it is an object
    path: list[str | int] = []
    key_next = False
    for match in _TOKEN.finditer(raw):
        start, end = match.span()
        first = raw[start]
        if first in b"{[":
            key_next = first == _BRACE
            opened.append((start, key_next))
            path.append("" if key_next else 0)
        elif first in b"}]":
            path.pop()
            key_next = False
            yield tuple(path), opened.pop()[0], end
        elif first == _COMMA:
            key_next = opened[-1][1]
            path[-1] = path[-1] if isinstance(path[-1], str) else path[-1] + 1
        elif key_next:
            key_next = False
            path[-1] = json.loads(raw[start:end])
            yield (*path, KEY), start, end
        else:
            yield tuple(path), start, end
