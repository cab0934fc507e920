"""Operations of a document that are allowed, as tools: what they take, and how it is sent.

Source: OpenAPI Specification 3.1.1, 4.8.8 ("Paths"), 4.8.12 ("Parameter"), 4.8.13 ("Request Body");
Model Context Protocol 2026-07-28, server/tools.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.documents import closest, suggestion
from guardrail_gw.mcp.rest.document import Document
from guardrail_gw.mcp.rest.schemas import Schemas
from guardrail_gw.mcp.servers.wire import RESERVED

BODY: Final = "body"
"""The argument that is the body."""
_METHODS: Final = ("get", "put", "post", "delete", "head", "patch")
_READING: Final = frozenset({"get", "head"})
_AGAIN: Final = frozenset({"get", "head", "put", "delete"})
_TOOL: Final = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")
_IGNORED: Final = frozenset({"accept", "content-type", "authorization"})
"""Headers that a document may not declare as parameters; others say them."""
_STYLES: Final = {"path": "simple", "query": "form", "header": "simple"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One that is sent in the path, the query or a header."""

    name: str
    where: str
    is_required: bool
    style: str
    explode: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One that is allowed."""

    id: str
    method: str
    path: str
    """With variables in braces."""
    parameters: tuple[Parameter, ...]
    has_body: bool
    tool: Mapping[str, Any] = field(repr=False)
    """As `tools/list` has it."""

    @property
    def schema(self) -> Mapping[str, Any]:
        """Of its arguments."""
        schema: Mapping[str, Any] = self.tool["inputSchema"]
        return schema


def operations(
    document: Document, wanted: Sequence[str], own_headers: frozenset[str]
) -> tuple[Operation, ...]:
    """Those that are wanted, in that order.

    Args:
        document: what describes them.
        wanted: their ids.
        own_headers: names, in small letters, of headers that the gateway itself sends.

    Raises:
        ConfigError: one is not there, or cannot be a tool.
    """
    found: dict[str, tuple[str, str, Mapping[str, Any], Mapping[str, Any]]] = {}
    for path, method, item, said in _all(document):
        id_ = said.get("operationId")
        if isinstance(id_, str) and id_ in found:
            raise document.fault(f"paths.{path}.{method}", f"operationId {id_!r} is given twice")
        if isinstance(id_, str):
            found[id_] = (path, method, item, said)
    for id_ in wanted:
        if id_ not in found:
            near = suggestion(closest(id_, found))
            raise document.fault("paths", f"there is no operation {id_!r}{near}")
    return tuple(_Reader(document, id_, own_headers).operation(*found[id_]) for id_ in wanted)


def _all(
    document: Document,
) -> Iterator[tuple[str, str, Mapping[str, Any], Mapping[str, Any]]]:
    for path, value in document.member(document.root.get("paths", {}), "paths").items():
        item = document.member(value, f"paths.{path}")
        for method in _METHODS:
            if method in item:
                yield path, method, item, document.member(item[method], f"paths.{path}.{method}")


class _Reader:
    """Reads one operation."""

    def __init__(self, document: Document, id_: str, own_headers: frozenset[str]) -> None:
        self._document = document
        self._id = id_
        self._own = own_headers
        self._schemas = Schemas(document)
        self._properties: dict[str, Any] = {}
        self._required: list[str] = []

    def operation(
        self, path: str, method: str, item: Mapping[str, Any], said: Mapping[str, Any]
    ) -> Operation:
        if not _TOOL.fullmatch(self._id):
            raise self._fault("its id is no name of a tool: letters, digits and `_.-`, 128 at most")
        parameters = tuple(self._parameters(item, said))
        variables = set(_VARIABLE.findall(path))
        if variables != {each.name for each in parameters if each.where == "path"}:
            raise self._fault("its path and its parameters do not name the same variables")
        if not path.startswith("/") or set("?#\\") & set(path):
            raise self._fault("its path is none")
        has_body = self._body(said)
        return Operation(
            id=self._id,
            method=method.upper(),
            path=path,
            parameters=parameters,
            has_body=has_body,
            tool=self._tool(method, said),
        )

    def _parameters(self, item: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[Parameter]:
        chosen: dict[tuple[str, str], Mapping[str, Any]] = {}
        for each in (*item.get("parameters", ()), *said.get("parameters", ())):
            one = self._document.member(each, self._id)
            chosen[str(one.get("name")), str(one.get("in"))] = one
        for (name, where), one in chosen.items():
            if where == "header" and name.lower() in _IGNORED:
                continue
            yield self._parameter(name, where, one)

    def _parameter(self, name: str, where: str, one: Mapping[str, Any]) -> Parameter:
        if where not in _STYLES:
            raise self._fault(f"parameter {name!r} is in {where!r}, which is not supported")
        if where == "header" and (name.lower() in RESERVED | self._own):
            raise self._fault(f"parameter {name!r} is a header that the gateway itself writes")
        style = str(one.get("style", _STYLES[where]))
        if style not in {_STYLES[where], *({"deepObject"} if where == "query" else ())}:
            raise self._fault(f"parameter {name!r} has a style that is not supported: {style}")
        schema = self._schemas.taken(one.get("schema"), f"{self._id}.{name}")
        self._add(name, schema, one, is_required=one.get("required") is True)
        return Parameter(
            name=name,
            where=where,
            is_required=one.get("required") is True,
            style=style,
            explode=one.get("explode", style == "form") is True,
        )

    def _body(self, said: Mapping[str, Any]) -> bool:
        if "requestBody" not in said:
            return False
        body = self._document.member(said["requestBody"], self._id)
        content = body.get("content")
        media = content.get("application/json") if isinstance(content, Mapping) else None
        if not isinstance(media, Mapping):
            raise self._fault("its body has no form of application/json")
        schema = self._schemas.taken(media.get("schema", True), f"{self._id}.body")
        self._add(BODY, schema, body, is_required=body.get("required") is True)
        return True

    def _add(
        self, name: str, schema: object, said: Mapping[str, Any], *, is_required: bool
    ) -> None:
        if name in self._properties:
            raise self._fault(f"two of its arguments would be called {name!r}")
        described = said.get("description")
        if isinstance(schema, Mapping) and isinstance(described, str):
            schema = {"description": described, **schema}
        self._properties[name] = schema
        if is_required:
            self._required.append(name)

    def _tool(self, method: str, said: Mapping[str, Any]) -> dict[str, Any]:
        schema: dict[str, Any] = {
            "type": "object",
            "properties": self._properties,
            "required": self._required,
            "additionalProperties": False,
        }
        if self._schemas.definitions:
            schema["$defs"] = dict(self._schemas.definitions)
        title, description = said.get("summary"), said.get("description")
        tool: dict[str, Any] = {
            "name": self._id,
            "description": str(description or title or self._id),
            "inputSchema": schema,
            "annotations": {
                "readOnlyHint": method in _READING,
                "destructiveHint": method not in _READING,
                "idempotentHint": method in _AGAIN,
                "openWorldHint": True,
            },
        }
        return tool | ({"title": title} if isinstance(title, str) else {})

    def _fault(self, message: str) -> Exception:
        return self._document.fault(f"operation {self._id}", message)
