"""Headers of the modern era that repeat what the body says: how they are written, and compared.

Who routes by a header and who obeys the body must see the same, so both must agree. What leaves is
always written anew from the body that leaves: a header that came never goes on.

Source: Model Context Protocol 2026-07-28, basic/transports/streamable-http ("Standard headers",
"Custom headers from tool parameters"); RFC 9110, 5.6.2 (tokens).
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

VERSION: Final = "mcp-protocol-version"
METHOD: Final = "mcp-method"
NAME: Final = "mcp-name"
PARAM: Final = "mcp-param-"
ANNOTATION: Final = "x-mcp-header"
"""The member of an argument's schema that names a header for it, behind `Mcp-Param-`."""
NAMED: Final[Mapping[str, str]] = {
    "tools/call": "name",
    "prompts/get": "name",
    "resources/read": "uri",
}
"""Methods whose requests name something -> the member that does."""

_ONCE: Final = frozenset({VERSION, METHOD, NAME})
_WRAPPED: Final = re.compile(r"=\?base64\?(.*)\?=")
_PLAIN: Final = re.compile(r"[\x20-\x7E]*")
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_DECIMAL: Final = re.compile(r"(-?[0-9]+)(?:\.([0-9]+))?")
_KINDS: Final = frozenset({"string", "integer", "boolean"})
_ONE: Final = frozenset(
    {
        *("items", "contains", "unevaluatedItems", "additionalProperties", "propertyNames"),
        *("unevaluatedProperties", "not", "if", "then", "else", "contentSchema"),
    }
)
"""Keywords whose value is a schema; `$ref` is never followed."""
_LIST: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_BY_NAME: Final = frozenset({"patternProperties", "dependentSchemas", "$defs", "definitions"})

Steps = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Param:
    """An argument that is repeated in a header."""

    path: Steps
    """Names of members, from the top of `arguments`."""
    header: str
    """`Mcp-Param-Region`."""
    kind: Any
    """The JSON type that its schema gives it."""


def encoded(value: str) -> str:
    """Write a value so that a header carries it unchanged: as it is, or wrapped in base64."""
    if _PLAIN.fullmatch(value) and value == value.strip() and not _WRAPPED.fullmatch(value):
        return value
    return f"=?base64?{base64.b64encode(value.encode()).decode()}?="


def decoded(value: str | None) -> str | None:
    """Read what `encoded` wrote; None for no value, and for one that is wrapped wrongly."""
    wrapped = _WRAPPED.fullmatch(value) if value is not None else None
    if wrapped is None:
        return value
    try:
        held = base64.b64decode(wrapped[1], validate=True)
        # base64 has several spellings of the same bytes, of which one is written
        return held.decode() if base64.b64encode(held).decode() == wrapped[1] else None
    except (binascii.Error, ValueError):
        return None


def repeated(headers: Iterable[tuple[str, str]]) -> str | None:
    """The name of a header that may stand once and stands there twice, if one does."""
    seen: set[str] = set()
    for name, _ in headers:
        lower = name.lower()
        if lower in _ONCE and lower in seen:
            return lower
        seen.add(lower)
    return None


def mismatch(method: object, params: Mapping[str, Any], headers: Mapping[str, str]) -> str | None:
    """The name of a header that does not say what the body says, if one does not.

    Args:
        method: the body's.
        params: the body's.
        headers: by lower-case names.
    """
    if headers.get(METHOD) != method:
        return METHOD
    member = NAMED.get(method) if isinstance(method, str) else None
    said = params.get(member) if member is not None else None
    return NAME if said is not None and decoded(headers.get(NAME)) != said else None


def written(method: str, params: Mapping[str, Any], revision: str) -> dict[str, str]:
    """The headers that a request of the modern era has besides those of its arguments."""
    headers = {"MCP-Protocol-Version": revision, "Mcp-Method": method}
    said = params.get(NAMED.get(method, ""))
    if isinstance(said, str):
        headers["Mcp-Name"] = encoded(said)
    return headers


def fault(schema: object) -> str | None:
    """What is wrong with the headers that a tool's input schema asks for; None: nothing."""
    seen: set[str] = set()
    for path, at in _schemas(schema):
        if ANNOTATION not in at:
            continue
        if not path:
            return "not on a member that every object has in the same place"
        header = at[ANNOTATION]
        if not isinstance(header, str) or not _TOKEN.fullmatch(header):
            return "not the name of a header"
        if not isinstance(at.get("type"), str) or at["type"] not in _KINDS:
            return "not on a string, an integer or a boolean"
        if header.lower() in seen:
            return "on two members under one name"
        seen.add(header.lower())
    return None


def params(schema: object) -> tuple[Param, ...]:
    """The arguments that a tool's input schema wants repeated; none if `fault` finds one."""
    if fault(schema) is not None:
        return ()
    return tuple(
        Param(path, f"Mcp-Param-{at[ANNOTATION]}", at.get("type"))
        for path, at in _schemas(schema)
        if path and ANNOTATION in at
    )


def written_params(wanted: Iterable[Param], arguments: Mapping[str, Any]) -> dict[str, str]:
    """The headers that repeat arguments; one that is absent, null or no scalar has none."""
    found = ((each.header, _text(_at(arguments, each.path))) for each in wanted)
    return {name: encoded(text) for name, text in found if text is not None}


def param_mismatch(
    wanted: Iterable[Param], arguments: Mapping[str, Any], headers: Iterable[tuple[str, str]]
) -> str | None:
    """The name of a header that does not say what its argument says, if one does not.

    One that is there while its argument is not is as wrong as one that says something else.
    """
    wanted = [*wanted]
    said: dict[str, list[str]] = {}
    for name, value in headers if wanted else ():
        said.setdefault(name.lower(), []).append(value)
    for each in wanted:
        values = said.get(each.header.lower(), [])
        if not _agrees(each, _at(arguments, each.path), values):
            return each.header
    return None


def _agrees(param: Param, value: object, said: list[str]) -> bool:
    text = _text(value)
    if text is None or not said:
        return text is None and not said
    plain = decoded(said[0])
    if len(said) > 1 or plain is None:
        return False
    whole = _whole(value) if param.kind == "integer" else None
    number = _DECIMAL.fullmatch(plain) if whole is not None else None
    if number is None:
        return plain == text
    return not (number[2] or "").strip("0") and _same(number[1], whole)


def _same(digits: str, number: int | None) -> bool:
    try:
        return int(digits) == number
    except ValueError:  # more digits than Python converts
        return False


def _whole(value: object) -> int | None:
    """The value as an integer, where it is one, also written `42.0`."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) else None


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        return None
    try:
        return str(value)
    except ValueError:  # more digits than Python writes
        return None


def _at(arguments: object, path: Steps) -> object:
    for name in path:
        if not isinstance(arguments, Mapping):
            return None
        arguments = arguments.get(name)
    return arguments


def _schemas(root: object) -> Iterator[tuple[Steps | None, Mapping[str, Any]]]:
    """Every schema within a schema, with its path if that leads through `properties` alone."""
    stack: list[tuple[Steps | None, object]] = [((), root)]
    while stack:
        path, at = stack.pop()
        if isinstance(at, Mapping):
            yield path, at
            for keyword, value in at.items():
                stack.extend(_within(path, keyword, value))


def _within(
    path: Steps | None, keyword: str, value: object
) -> Iterator[tuple[Steps | None, object]]:
    if keyword == "properties" and isinstance(value, Mapping):
        for name, each in value.items():
            yield (None if path is None else (*path, name)), each
    elif keyword in _ONE:
        yield None, value
    elif keyword in _LIST and isinstance(value, list):
        yield from ((None, each) for each in value)
    elif keyword in _BY_NAME and isinstance(value, Mapping):
        yield from ((None, each) for each in value.values())
