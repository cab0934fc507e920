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
from itertools import count
from typing import Any, Final, NoReturn

import orjson

from guardrail_gw.core.long_numbers import has_long_number
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


def parse(raw: bytes, *, names: Collection[str] = (), has_constants: bool = False) -> Document:
    """Read a body.

    Args:
        raw: UTF-8 without a byte order mark.
        names: member names that may be shown in an error's pointer; others show as `*`.
        has_constants: whether `NaN`, `Infinity` and `-Infinity`, which JSON has not and many
            writers and readers have, may stand in it; they are read as nothing.

    Raises:
        BodyRefused: `body.not_utf8`, `body.not_json`, `body.duplicate_key`, `body.too_deep`,
            `body.lone_surrogate`, `body.too_many_segments`.
    """
    value = _at_once(raw)
    if value is _UNREAD:
        value = _read(raw, names, has_constants=has_constants)
    if _needs_inspection(raw, value):
        _inspect(value, names)
    return Document(raw, value)


def _at_once(raw: bytes) -> Any:  # noqa: ANN401 - JSON
    """The value of a body; `_UNREAD`: it needs the slower reader, which refuses it or says more.

    The quick one keeps the last of two members of one name. Then what it kept has fewer quotation
    marks, written again, than it was read from: without escapes by number, a string has its own
    two and those behind a backslash in either form.
    """
    if b"\\u" in raw or has_long_number(raw):
        return _UNREAD
    try:
        value = orjson.loads(raw)
        kept = orjson.dumps(value)
    except (ValueError, TypeError):  # also what nests too deep to be written
        return _UNREAD
    return value if kept.count(b'"') == raw.count(b'"') else _UNREAD


def _read(raw: bytes, names: Collection[str], *, has_constants: bool) -> Any:  # noqa: ANN401 - JSON
    text = _text(raw)
    try:
        return (_WITH_CONSTANTS if has_constants else _STRICT).decode(text)
    except _DuplicateKey:
        _refuse_duplicate(text, names, _FORGIVING if not has_constants else _FORGIVING_ALL)
    except RecursionError:
        raise _too_deep("") from None
    except ValueError:  # its message could quote the body
        raise BodyRefused("the body is not JSON", code="body.not_json") from None


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
    first = {array: next(i for i in count() if i not in gone) for array, gone in lists.items()}
    cuts = [_cut(found, array, i, first[array]) for array, gone in lists.items() for i in gone]
    return splice(raw, [Splice(*cut, b"") for cut in cuts])


def _cut(
    found: Mapping[Path, tuple[int, int]], array: Path, index: int, first: int
) -> tuple[int, int]:
    """Where an entry stands, with the comma before it, or behind it where none is kept before.

    Args:
        found: where entries stand.
        array: what holds it.
        index: its place there.
        first: the place of the first entry that is kept.
    """
    start, end = found[*array, index]
    if index > first:
        return found[*array, index - 1][1], end
    after = found.get((*array, index + 1))
    return start, end if after is None else after[0]


def spans(raw: bytes, wanted: Collection[Path]) -> dict[Path, tuple[int, int]]:
    """Find where each wanted value (also an object or array) or key stands in valid JSON.

    Returns:
        Path -> start and end in bytes, quotes and brackets included.
    """
    found: dict[Path, tuple[int, int]] = {}
    node: _Tree | None = _tree(wanted)  # what is wanted of what is open
    step: Any = _TOP
    is_array = False
    opened: list[tuple[_Tree | None, Any, bool, int]] = []
    for match in _TOKEN.finditer(raw):
        start, end = match.span()
        if match.lastindex:  # a key, with its colon
            if node:
                end = match.start(1)
                step = json.loads(raw[start:end])
                _note(found, node.get(step, _NOTHING).get(KEY), start, end)
            continue
        first = raw[start]
        if first in b"}]":
            inner = node
            node, step, is_array, start = opened.pop()
            _note(found, inner, start, end)
            continue
        step = step + 1 if is_array else step
        if first in b"{[":
            opened.append((node, step, is_array, start))
            node, step, is_array = node and node.get(step), -1, first == _BRACKET
        elif node:
            _note(found, node.get(step), start, end)
    return found


def entries(raw: bytes, name: str) -> tuple[list[tuple[int, int]], int]:
    """Find where each entry of a top-level array stands in valid JSON, much quicker than `spans`.

    Args:
        raw: an object that has one member of this name, an array.
        name: the member's.

    Returns:
        Start and end of each entry in bytes; and where the bracket stands that ends the array.
    """
    text = raw.decode("latin-1")  # a character for each byte; the values are not looked at
    at = _gap(text, _gap(text, 0) + 1)
    while True:
        key, at = _scanned(text, at)
        at = _gap(text, _gap(text, at) + 1)  # behind the colon
        if key == name:
            return _entries(text, at)
        at = _gap(text, _gap(text, _scanned(text, at)[1]) + 1)  # behind the comma


def _entries(text: str, at: int) -> tuple[list[tuple[int, int]], int]:
    found: list[tuple[int, int]] = []
    at = _gap(text, at + 1)
    while text[at] != "]":
        start = at
        _, end = _scanned(text, at)
        found.append((start, end))
        at = _gap(text, end)
        if text[at] == ",":
            at = _gap(text, at + 1)
    return found, at


def _gap(text: str, at: int) -> int:
    """Where the white space ends that may stand at a place."""
    match = _GAP.match(text, at)
    return at if match is None else match.end()


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


def _nothing(_: str) -> None:
    return None


_STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
_FORGIVING = json.JSONDecoder(object_pairs_hook=_marked, parse_constant=_no_constant)
_WITH_CONSTANTS = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_nothing)
_FORGIVING_ALL = json.JSONDecoder(object_pairs_hook=_marked, parse_constant=_nothing)
_ENCODER = json.JSONEncoder(ensure_ascii=False)
"""Made once: `json.dumps` makes one for every string."""
_scanned = json.JSONDecoder().raw_decode
"""Reads one value at a place; gives it, and the place behind it."""
_UNREAD: Final = object()
_GAP = re.compile(r"[ \t\n\r]*+")
_COLON_STRING = re.compile(rb'[ \t\n\r]*:[ \t\n\r]*("(?:[^"\\]|\\.)*")')
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_PAIR = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F]")
_SHORT_ESCAPE = re.compile(rb"\\[^u]")
_BRACKET = b"["[0]
_HOLDERS: Final = (dict, list)
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"([ \t\n\r]*+:)?+|[][{}]|[^][{},:" \t\n\r]++')
"""Keys with their colons, other strings, brackets, and what is neither; white space and commas lie
between."""


def _text(raw: bytes) -> str:
    if raw.startswith(b"\xef\xbb\xbf"):
        raise BodyRefused("the body starts with a byte order mark", code="body.not_utf8")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise BodyRefused("the body is not UTF-8", code="body.not_utf8") from None


def _refuse_duplicate(text: str, names: Collection[str], decoder: json.JSONDecoder) -> NoReturn:
    try:
        value = decoder.decode(text)
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


def _needs_inspection(raw: bytes, value: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether a bound may be passed, or half a surrogate pair stands: cheap for ordinary bodies."""
    return (
        (len(raw) > 2 * MAX_STRINGS and raw.count(b'"') > 2 * MAX_STRINGS)
        or (raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and _is_deep(value))
        or _is_cut(raw)
    )


def _is_cut(raw: bytes) -> bool:
    """Whether an escape of half a surrogate pair stands without its other half."""
    if b"\\u" not in raw or _SURROGATE.search(raw) is None:
        return False
    bare = _SHORT_ESCAPE.sub(b" ", raw)  # every backslash that is left begins `\uXXXX`
    return len(_SURROGATE.findall(bare)) != 2 * len(_PAIR.findall(bare))


def _is_deep(value: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether anything may stand too deep: level by level, objects and arrays alone."""
    level = [value] if type(value) in _HOLDERS else []
    for _ in range(MAX_DEPTH):
        inner = [list(node.values()) if type(node) is dict else node for node in level]
        level = [each for items in inner for each in items if type(each) in _HOLDERS]
        if not level:
            return False
    return True


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


_HERE: Final = object()
"""Leads to the path of what is wanted itself; other steps lead into it."""
_TOP: Final = object()

_Tree = dict[Any, Any]
_NOTHING: Final[_Tree] = {}


def _tree(wanted: Collection[Path]) -> _Tree:
    """Paths as objects within one another, so that what is not wanted is not followed."""
    top: _Tree = {}
    for path in wanted:
        node = top
        for step in path:
            node = node.setdefault(step, {})
        node[_HERE] = path
    return {_TOP: top}


def _note(found: dict[Path, tuple[int, int]], node: _Tree | None, start: int, end: int) -> None:
    if node and (path := node.get(_HERE)) is not None:
        found[path] = (start, end)
