"""Schemas of a document as JSON Schema of a tool: whole, with what they refer to in `$defs`.

Source: OpenAPI Specification 3.1.1, 4.8.24 ("Schema Object"); JSON Schema 2020-12.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from guardrail_gw.mcp.rest.document import Document

_MAPS: Final = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs"})
_LISTS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SINGLES: Final = frozenset(
    {
        *("items", "contains", "additionalProperties", "unevaluatedProperties", "propertyNames"),
        *("unevaluatedItems", "not", "if", "then", "else"),
    }
)
_DROPPED: Final = frozenset({"example", "examples", "xml", "externalDocs", "discriminator"})
"""Samples may be of somebody's data, and the rest says nothing to a model."""
_ELSEWHERE: Final = frozenset({"$id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveRef"})
_NAME: Final = re.compile(r"[^A-Za-z0-9_.-]")


class Schemas:
    """Those of one tool; what they refer to is gathered."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._names: dict[str, str] = {}
        self._defs: dict[str, Any] = {}

    @property
    def definitions(self) -> Mapping[str, Any]:
        """What was referred to, by its name in `$defs`."""
        return self._defs

    def taken(self, schema: object, place: str) -> Any:  # noqa: ANN401 - a schema is an object or a truth value
        """A schema as the tool has it.

        Raises:
            ConfigError: it is none, or refers to what is not in the document.
        """
        if isinstance(schema, bool):
            return schema
        if not isinstance(schema, Mapping):
            raise self._document.fault(place, "is no schema")
        return {
            key: self._member(key, value, place)
            for key, value in schema.items()
            if key not in _DROPPED and not key.startswith("x-")
        }

    def _member(self, key: str, value: object, place: str) -> object:
        if key in _ELSEWHERE:
            raise self._document.fault(place, f"{key} is not supported")
        if key == "$ref":
            return self._referred(str(value), place)
        if key in _MAPS and isinstance(value, Mapping):
            return {name: self.taken(each, f"{place}.{name}") for name, each in value.items()}
        if key in _LISTS and isinstance(value, list):
            return [self.taken(each, place) for each in value]
        return self.taken(value, place) if key in _SINGLES else value

    def _referred(self, reference: str, place: str) -> str:
        name = self._names.get(reference)
        if name is None:
            name = self._names[reference] = self._free(reference)
            self._defs[name] = self.taken(self._document.at(reference, place), reference)
        return f"#/$defs/{name}"

    def _free(self, reference: str) -> str:
        name = plain = _NAME.sub("_", reference.rpartition("/")[2])
        number = 2
        while name in self._names.values():
            name, number = f"{plain}_{number}", number + 1
        return name
