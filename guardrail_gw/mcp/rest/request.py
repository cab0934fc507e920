"""Arguments of a tool as an HTTP request: every value encoded, so that none is more than a value.

Source: OpenAPI Specification 3.1.1, 4.8.12.2 ("Style Values"); RFC 3986, 2.3; RFC 9110, 5.5.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from guardrail_gw.mcp.rest.operations import BODY, Operation, Parameter

_HEADER: Final = re.compile(r"[\x21-\x7E](?:[\x20-\x7E]*[\x21-\x7E])?")
_DOTS: Final = frozenset({".", ".."})


class UnsendableError(Exception):
    """An argument cannot be sent; its text names the argument, never the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What is sent."""

    method: str
    target: str = field(repr=False)
    """Path and query, encoded."""
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)


def made(operation: Operation, arguments: Mapping[str, Any]) -> Sent:
    """The request that these arguments make; they are what the tool's schema asks for.

    Raises:
        UnsendableError: one of them has no form in its place.
    """
    path, query, headers = operation.path, list[str](), dict[str, str]()
    for each in operation.parameters:
        if arguments.get(each.name) is None:
            if each.where == "path":
                raise UnsendableError(f"{each.name} is missing")
            continue
        value = arguments[each.name]
        if each.where == "path":
            path = path.replace(f"{{{each.name}}}", _segment(each, value))
        elif each.where == "query":
            query += _pairs(each, value)
        else:
            headers[each.name] = _header(each, value)
    body = _body(arguments[BODY]) if operation.has_body and BODY in arguments else None
    target = f"{path}?{'&'.join(query)}" if query else path
    return Sent(method=operation.method, target=target, headers=headers, body=body)


def _segment(parameter: Parameter, value: object) -> str:
    """One segment of a path: a value never leads to another one."""
    texts = [_text(parameter, each) for each in (value if isinstance(value, list) else [value])]
    whole = ",".join(texts)
    if not whole or _DOTS & set(re.split(r"[/\\]", whole)) or not whole.isprintable():
        raise UnsendableError(f"{parameter.name} is no part of a path")
    return ",".join(_quoted(text) for text in texts)


def _pairs(parameter: Parameter, value: object) -> list[str]:
    name = _quoted(parameter.name)
    if parameter.style == "deepObject":
        if not isinstance(value, Mapping):
            raise UnsendableError(f"{parameter.name} has no form in a query")
        return [
            f"{name}%5B{_quoted(key)}%5D={_quoted(_text(parameter, each))}"
            for key, each in value.items()
        ]
    if not isinstance(value, list):
        return [f"{name}={_quoted(_text(parameter, value))}"]
    texts = [_quoted(_text(parameter, each)) for each in value]
    return (
        [f"{name}={text}" for text in texts] if parameter.explode else [f"{name}={','.join(texts)}"]
    )


def _header(parameter: Parameter, value: object) -> str:
    texts = [_text(parameter, each) for each in (value if isinstance(value, list) else [value])]
    whole = ",".join(texts)
    if not _HEADER.fullmatch(whole):
        raise UnsendableError(f"{parameter.name} cannot stand in a header")
    return whole


def _body(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _text(parameter: Parameter, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return json.dumps(value)
    raise UnsendableError(f"{parameter.name} has no form outside a body")


def _quoted(text: str) -> str:
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise UnsendableError("a text is no Unicode") from None
